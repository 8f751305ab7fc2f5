import { Tokenizer as TokenizerLibrary } from '@huggingface/tokenizers'
import { EdgewiseError } from '../../spec/errors.ts'
import { createControlTokens } from './control-tokens.ts'
import { createTokenBytes } from './token-bytes.ts'
import type { TokenizerFiles, TokenizerJson } from './tokenizer-files.ts'

/** Text to token ids and back, for one model. */
export interface Tokenizer {
  /** True when the first space of an answer belongs to the tokenizer and is not shown. */
  readonly stripsFirstSpace: boolean
  /** A caller's text as the chat template may see it: whatever looks like a control token in it stays mere text. Not for showing. */
  protect(text: string): string
  /** Ids of a rendered template; control tokens come only from what was not protected. */
  encode(rendered: string): number[]
  /** Most UTF-16 units of text that one token can stand for. A longer text cannot fit into fewer tokens, without encoding it. */
  readonly longestToken: number
  /** UTF-8 of a token; half a character is possible, nothing for ids beyond the vocabulary. */
  bytesOf(id: number): Uint8Array
  /** True for tokens that steer the model and are no text. */
  isControl(id: number): boolean
  /** Id of the control token with this text, such as `<|end|>`. */
  controlId(content: string): number | undefined
}

/** A tokenizer from the files of a model. Throws `model-invalid` when the library cannot read them. */
export function createTokenizer({ tokenizer, config }: Pick<TokenizerFiles, 'tokenizer' | 'config'>): Tokenizer {
  const control = new Map(
    tokenizer.added_tokens.filter(({ special }) => special).map((token) => [token.id, token.content]),
  )
  const ids = new Map([...control].map(([id, content]) => [content, id]))
  const protection = createControlTokens([...control.values()])
  const words = createTokenBytes(tokenizer.decoder)
  const library = openLibrary(withSecretNames(tokenizer, protection.secretName), config)
  const known: (Uint8Array | undefined)[] = []
  const longestToken = longestWord(tokenizer)

  function computeBytes(id: number): Uint8Array {
    const content = control.get(id)
    if (content !== undefined) return new TextEncoder().encode(content)
    const word = library.id_to_token(id)
    return word === undefined ? new Uint8Array() : words.bytesOf(word)
  }

  return {
    stripsFirstSpace: words.stripsFirstSpace,
    longestToken,
    protect: protection.protect,
    encode: (rendered) => library.encode(protection.reveal(rendered), { add_special_tokens: false }).ids,
    bytesOf(id) {
      const bytes = known[id] ?? computeBytes(id)
      known[id] = bytes
      return bytes
    },
    isControl: (id) => control.has(id),
    controlId: (content) => ids.get(content),
  }
}

function longestWord({ model, added_tokens }: TokenizerJson): number {
  const words = Array.isArray(model.vocab) ? model.vocab.map(([word]) => word) : Object.keys(model.vocab)
  let longest = 1
  for (const { length } of words) longest = Math.max(longest, length)
  for (const { content } of added_tokens) longest = Math.max(longest, content.length)
  return longest
}

function openLibrary(tokenizer: TokenizerJson, config: object): TokenizerLibrary {
  try {
    return new TokenizerLibrary(tokenizer, config)
  } catch (cause) {
    throw new EdgewiseError('model-invalid', 'tokenizer.json cannot be used by @huggingface/tokenizers', { cause })
  }
}

/** The same tokenizer, its control tokens renamed wherever they stand. The post-processor is dropped: the chat template writes all control tokens. */
function withSecretNames(tokenizer: TokenizerJson, secretName: (content: string) => string): TokenizerJson {
  const { vocab, unk_token: unknown } = tokenizer.model
  const renamed = Array.isArray(vocab)
    ? vocab.map(([word, score]) => [secretName(word), score] as const)
    : Object.fromEntries(Object.entries(vocab).map(([word, id]) => [secretName(word), id]))
  return {
    ...tokenizer,
    post_processor: null,
    added_tokens: tokenizer.added_tokens.map((token) =>
      token.special ? { ...token, content: secretName(token.content), normalized: false } : token,
    ),
    model: { ...tokenizer.model, vocab: renamed, ...(unknown == null ? {} : { unk_token: secretName(unknown) }) },
  }
}
