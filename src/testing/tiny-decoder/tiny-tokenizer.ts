/** The special tokens of a tiny decoder, in the order of their ids. */
export const specialTokens = ['<|pad|>', '<|bos|>', '<|system|>', '<|user|>', '<|assistant|>', '<|end|>'] as const

/** Fewest tokens that a tiny vocabulary can have: the special ones and one for every byte. */
export const minVocabulary = specialTokens.length + 256

const chatTemplate =
  "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"

/** tokenizer.json of a byte-level BPE tokenizer of exactly `vocabulary` tokens: special ones, bytes, then pairs of letters and pairs of pairs. */
export function tinyTokenizer(vocabulary: number): object {
  const bytes = byteCharacters()
  const merges = mergesOf(vocabulary - minVocabulary)
  const words = [...specialTokens, ...bytes, ...merges.map((pair) => pair.join(''))]
  const special = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({ id, content, ...special })),
    normalizer: null,
    pre_tokenizer: { ...byteLevel, use_regex: true },
    post_processor: null,
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      merges,
    },
  }
}

/** tokenizer_config.json to go with it: a chat template like that of the bundled models. */
export function tinyTokenizerConfig(contextTokens: number): object {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: contextTokens,
    clean_up_tokenization_spaces: false,
    add_bos_token: false,
    bos_token: '<|bos|>',
    eos_token: '<|end|>',
    pad_token: '<|pad|>',
    chat_template: chatTemplate,
  }
}

/** GPT-2's printable character for each byte, by byte. */
function byteCharacters(): string[] {
  const printable = (byte: number) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad)
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++))
}

function mergesOf(count: number): [string, string][] {
  const letters = [...'etaoinshrdlucmfwypvbgkjqxz']
  const pairs = letters.flatMap((first) => letters.map((second): [string, string] => [first, second]))
  const merges = pairs.slice(0, count)
  const words = merges.map((pair) => pair.join(''))
  for (const first of words) {
    for (const second of words) {
      if (merges.length >= count) return merges
      merges.push([first, second])
    }
  }
  if (merges.length < count) throw new RangeError(`a tiny tokenizer cannot have ${count + minVocabulary} tokens`)
  return merges
}
