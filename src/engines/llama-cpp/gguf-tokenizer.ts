import { EdgewiseError } from '../../spec/errors.ts'
import { createControlTokens } from '../tokenizer/control-tokens.ts'
import { createTokenBytes, type TokenBytes } from '../tokenizer/token-bytes.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { GgufTokenizerFacts } from './gguf-metadata.ts'
import type { LlamaModel } from './llama-library.ts'

/** Kinds of tokens as GGUF numbers them. */
const kinds = { unknown: 2, control: 3, userDefined: 4, unused: 5 } as const

/** The name of a control token inside a revealed text, with a number in place of its secret one. */
const secretName = /\u{FDD1}(\d+)\u{FDD2}/u

/**
 * A tokenizer that has llama.cpp cut texts and reads the words out of the file. What looks like a control token in a caller's text stays mere
 * text. Throws `model-invalid` for a kind of tokenizer whose words are not understood here.
 */
export function createGgufTokenizer(
  model: Pick<LlamaModel, 'tokenize' | 'tokens'>,
  { ggml }: GgufTokenizerFacts,
): Tokenizer {
  const words = ggml.tokens
  const kindOf = (id: number) => ggml.token_type?.[id]
  const isControl = (id: number) => {
    const kind = kindOf(id)
    return kind === kinds.control || kind === kinds.unknown || kind === kinds.unused
  }
  const control = [...words.keys()].filter((id) => kindOf(id) === kinds.control)
  const contents = control.map((id) => words[id] ?? '')
  const protection = createControlTokens(contents)
  const idOf = new Map(control.map((id) => [words[id] ?? '', id]))
  const bytes = wordBytes(ggml)
  const known: (Uint8Array | undefined)[] = []

  function computeBytes(id: number): Uint8Array {
    const word = words[id]
    if (word === undefined) return new Uint8Array()
    const isPlain = isControl(id) || kindOf(id) === kinds.userDefined
    return isPlain ? new TextEncoder().encode(word) : bytes.bytesOf(word)
  }

  function encode(rendered: string): number[] {
    // Text and the numbers of control tokens in turns.
    const ids = protection
      .reveal(rendered)
      .split(secretName)
      .flatMap((piece, place) =>
        place % 2 === 0 ? model.tokenize(piece, false) : [idOf.get(contents[Number(piece)] ?? '') ?? 0],
      )
    const { bos, shouldPrependBosToken } = model.tokens
    // Some chat templates leave this token to the runtime, others write it.
    return shouldPrependBosToken && bos !== null && ids[0] !== bos ? [bos, ...ids] : ids
  }

  return {
    stripsFirstSpace: bytes.stripsFirstSpace,
    longestToken: words.reduce((longest, { length }) => Math.max(longest, length), 1),
    protect: protection.protect,
    encode,
    bytesOf(id) {
      const found = known[id] ?? computeBytes(id)
      known[id] = found
      return found
    },
    isControl,
    controlId: (content) => idOf.get(content),
  }
}

/** Names of tokens that a chat template may write. */
export function templateTokens({ ggml }: GgufTokenizerFacts): {
  readonly bos_token: string
  readonly eos_token: string
} {
  const word = (id: number | undefined) => (id === undefined ? '' : (ggml.tokens[id] ?? ''))
  return { bos_token: word(ggml.bos_token_id), eos_token: word(ggml.eos_token_id) }
}

function wordBytes({ model, add_space_prefix: addsSpace = true }: GgufTokenizerFacts['ggml']): TokenBytes {
  switch (model) {
    case 'gpt2':
      return createTokenBytes({ type: 'ByteLevel' })
    case 'llama':
    case 'gemma4':
      return createTokenBytes({
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          ...(addsSpace && model === 'llama' ? [{ type: 'Strip', content: ' ', start: 1 }] : []),
        ],
      })
  }
  throw new EdgewiseError(
    'model-invalid',
    `the GGUF file has a tokenizer of the kind "${model}", which is not supported; gpt2 and llama are`,
  )
}
