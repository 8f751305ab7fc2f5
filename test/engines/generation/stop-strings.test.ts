import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStopStrings } from '../../../src/engines/generation/stop-strings.ts'

/** The text up to the stop string that is complete first, found by looking at every beginning of the text. */
function expected(text: string, stop: readonly string[]): string {
  for (let end = 1; end <= text.length; end++) {
    const met = stop.filter((string) => text.slice(0, end).endsWith(string)).sort((a, b) => b.length - a.length)[0]
    if (met !== undefined) return text.slice(0, end - met.length)
  }
  return text
}

function feed(pieces: readonly string[], stop: readonly string[], shown?: string): string {
  const strings = createStopStrings(stop, shown)
  const given = pieces.map((piece) => strings.push(piece)).join('')
  return given + strings.flush()
}

describe('stop strings', () => {
  it('end a text at the same place wherever it is cut', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '火'), maxLength: 12 })
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '火'), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    })
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), stops, (pieces, stop) => {
        expect(feed(pieces, stop)).toBe(expected(pieces.join(''), stop))
      }),
      { numRuns: 500 },
    )
  })

  it('hold back no more than what may begin one', () => {
    const strings = createStopStrings(['END'])
    expect(strings.push('to the E')).toBe('to the ')
    expect(strings.push('N')).toBe('')
    expect(strings.push('vy')).toBe('ENvy')
    expect(strings.push(' EN')).toBe(' ')
    expect(strings.flush()).toBe('EN')
    expect(strings.stopped).toBe(false)
  })

  it('show nothing after one was met', () => {
    const strings = createStopStrings(['\n\n'])
    expect(strings.push('a\n')).toBe('a')
    expect(strings.push('\nb')).toBe('')
    expect(strings.stopped).toBe(true)
    expect(strings.push('c')).toBe('')
    expect(strings.flush()).toBe('')
  })

  it('are met across the end of text that was shown before', () => {
    expect(feed(['D and more'], ['END'], 'the EN')).toBe('')
    expect(feed(['vy', '!'], ['END'], 'the EN')).toBe('vy!')
  })

  it('may be empty, which stops nothing', () => {
    expect(feed(['ab'], [''])).toBe('ab')
  })
})
