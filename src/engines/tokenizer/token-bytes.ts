import { EdgewiseError } from '../../spec/errors.ts'
import type { TokenizerJson } from './tokenizer-files.ts'

/** How a vocabulary's words turn into the bytes of a text; what `tokenizer.json` calls its decoder. */
export interface TokenBytes {
  /** True when a text's first space belongs to the tokenizer and is not shown. */
  readonly stripsFirstSpace: boolean
  /** UTF-8 of one word of the vocabulary; half a character is possible. */
  bytesOf(word: string): Uint8Array
}

/** Rules of the given decoder. Throws `model-invalid` for one that no decoder model uses. */
export function createTokenBytes(decoder: TokenizerJson['decoder']): TokenBytes {
  const rules = { byteLevel: false, byteFallback: false, stripsFirstSpace: false, replaced: new Map<string, string>() }
  for (const step of stepsOf(decoder)) addRule(rules, step)
  const encoder = new TextEncoder()
  return {
    stripsFirstSpace: rules.stripsFirstSpace,
    bytesOf(word) {
      if (rules.byteLevel) return byteLevelBytes(word, encoder)
      const byte = rules.byteFallback ? /^<0x([0-9A-Fa-f]{2})>$/.exec(word)?.[1] : undefined
      if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16))
      let text = word
      for (const [from, to] of rules.replaced) text = text.replaceAll(from, to)
      return encoder.encode(text)
    },
  }
}

interface Rules {
  byteLevel: boolean
  byteFallback: boolean
  stripsFirstSpace: boolean
  readonly replaced: Map<string, string>
}

type Step = Readonly<Record<string, unknown>>

function stepsOf(decoder: TokenizerJson['decoder']): readonly Step[] {
  if (decoder?.type === 'Sequence' && Array.isArray(decoder.decoders)) return decoder.decoders
  return [decoder ?? { type: 'none' }]
}

function addRule(rules: Rules, step: Step): void {
  switch (step.type) {
    case 'ByteLevel':
      rules.byteLevel = true
      return
    case 'ByteFallback':
      rules.byteFallback = true
      return
    case 'Fuse':
      return
    case 'Metaspace':
      rules.replaced.set(String(step.replacement ?? '▁'), ' ')
      rules.stripsFirstSpace = step.prepend_scheme !== 'never' && step.add_prefix_space !== false
      return
    case 'Strip':
      rules.stripsFirstSpace = step.content === ' ' && Number(step.start) > 0
      return
    case 'Replace': {
      const pattern = step.pattern
      if (typeof pattern !== 'object' || pattern === null || !('String' in pattern)) break
      rules.replaced.set(String(pattern.String), String(step.content ?? ''))
      return
    }
  }
  throw new EdgewiseError(
    'model-invalid',
    `tokenizer.json has the decoder ${String(step.type)}, which is not supported`,
  )
}

type Encoder = Pick<InstanceType<typeof TextEncoder>, 'encode'>

function byteLevelBytes(word: string, encoder: Encoder): Uint8Array {
  const bytes = new Uint8Array(word.length)
  for (let index = 0; index < word.length; index++) {
    const byte = byteLevelAlphabet.get(word.charCodeAt(index))
    // Added tokens stand in the vocabulary as plain text.
    if (byte === undefined) return encoder.encode(word)
    bytes[index] = byte
  }
  return bytes
}

/** GPT-2's alphabet: printable Latin-1 stands for its own byte, the other 68 bytes for U+0100 on. */
const byteLevelAlphabet = (() => {
  const bytes = new Map<number, number>()
  let next = 0x100
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad)
    bytes.set(isPrintable ? byte : next++, byte)
  }
  return bytes
})()
