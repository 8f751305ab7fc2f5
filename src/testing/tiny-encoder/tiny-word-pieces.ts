/** The special tokens of a tiny encoder, in the order of their ids. */
export const encoderSpecialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const

const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789.,!?[]']
const words = ['the', 'a', 'pump', 'valve', 'bearing', 'is', 'hot', 'cold', 'loud', 'broken']
const endings = ['s', 'ing', 'ed']

/** Words and word pieces of the tiny vocabulary, in the order of their ids. */
export const wordPieces: readonly string[] = [
  ...encoderSpecialTokens,
  ...words,
  ...letters,
  ...[...letters, ...endings].filter((piece, index, all) => all.indexOf(piece) === index).map((piece) => `##${piece}`),
]

/** tokenizer.json as BERT's: lower case, words, pieces of words, `[CLS]` and `[SEP]` around each text. */
export function tinyWordPieceTokenizer(): object {
  const id = (token: (typeof encoderSpecialTokens)[number]) => encoderSpecialTokens.indexOf(token)
  const special = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }
  const named = (token: '[CLS]' | '[SEP]') => ({ SpecialToken: { id: token, type_id: 0 } })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: encoderSpecialTokens.map((content) => ({ id: id(content), content, ...special })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [named('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, named('[SEP]')],
      pair: [
        named('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        named('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
      ],
      special_tokens: Object.fromEntries(
        (['[CLS]', '[SEP]'] as const).map((token) => [token, { id: token, ids: [id(token)], tokens: [token] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(wordPieces.map((piece, index) => [piece, index])),
    },
  }
}

/** tokenizer_config.json to go with it. */
export function tinyWordPieceConfig(contextTokens: number): object {
  return {
    tokenizer_class: 'BertTokenizer',
    model_max_length: contextTokens,
    do_lower_case: true,
    unk_token: '[UNK]',
    sep_token: '[SEP]',
    pad_token: '[PAD]',
    cls_token: '[CLS]',
    mask_token: '[MASK]',
  }
}
