import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDetokenizer } from '../../../src/engines/generation/detokenizer.ts'

/** A tokenizer whose tokens are the given pieces of bytes; the last id is a control token. */
function tokenizerOf(pieces: readonly Uint8Array[], stripsFirstSpace = false) {
  return {
    stripsFirstSpace,
    bytesOf: (id: number) => pieces[id] ?? new Uint8Array(),
    isControl: (id: number) => id === pieces.length,
  }
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

describe('a detokenizer', () => {
  it('gives the text in whole characters, wherever its bytes are cut into tokens', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom('a', ' ', 'é', '火', '命令', '😀', '👩‍🚀', '\uFEFF'),
        fc.string({ unit: 'grapheme' }),
      ),
    })
    fc.assert(
      fc.property(text, fc.array(fc.nat()), (whole, places) => {
        const pieces = cut(new TextEncoder().encode(whole), places)
        const detokenizer = createDetokenizer(tokenizerOf(pieces))
        const given = pieces.map((_, id) => detokenizer.push(id))
        expect(given.every((part) => part.isWellFormed() && !part.includes('\uFFFD'))).toBe(!whole.includes('\uFFFD'))
        expect(given.join('') + detokenizer.flush()).toBe(whole)
      }),
    )
  })

  it('gives single bytes of a character as one character, as soon as it is complete', () => {
    const bytes = [...new TextEncoder().encode('火😀')].map((byte) => Uint8Array.of(byte))
    const detokenizer = createDetokenizer(tokenizerOf(bytes))
    expect(bytes.map((_, id) => detokenizer.push(id))).toEqual(['', '', '火', '', '', '', '😀'])
    expect(detokenizer.flush()).toBe('')
  })

  it('gives a broken-off character as U+FFFD at the end', () => {
    const detokenizer = createDetokenizer(tokenizerOf([Uint8Array.of(0xf0, 0x9f)]))
    expect(detokenizer.push(0)).toBe('')
    expect(detokenizer.flush()).toBe('\uFFFD')
  })

  it('shows no control tokens', () => {
    const detokenizer = createDetokenizer(tokenizerOf([Uint8Array.of(65)]))
    expect([0, 1, 0].map((id) => detokenizer.push(id))).toEqual(['A', '', 'A'])
  })

  it('drops the first space where it belongs to the tokenizer, but not behind other text', () => {
    const pieces = [' so', ' it'].map((piece) => new TextEncoder().encode(piece))
    const first = createDetokenizer(tokenizerOf(pieces, true))
    expect([0, 1].map((id) => first.push(id))).toEqual(['so', ' it'])
    const later = createDetokenizer(tokenizerOf(pieces, true), true)
    expect([0, 1].map((id) => later.push(id))).toEqual([' so', ' it'])
  })
})
