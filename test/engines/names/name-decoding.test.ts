import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { decodeNames } from '../../../src/engines/names/name-decoding.ts'
import { nameTokens } from '../../../src/engines/names/name-tokens.ts'

const tags = ['O', 'B-PERSON', 'I-PERSON', 'L-PERSON', 'U-PERSON', 'B-ADDRESS', 'I-ADDRESS', 'L-ADDRESS', 'U-ADDRESS']
const text = 'Ana de la Paz, 12 Rio'
const tokens = nameTokens(text)

/** Logits that favour one tag for each token. */
function logitsFor(wanted: readonly string[], strength = 8): Float32Array {
  return Float32Array.from(wanted.flatMap((tag) => tags.map((other) => (other === tag ? strength : 0))))
}

function found(logits: Float32Array): readonly string[] {
  return decodeNames(logits, tokens, tags).map(({ entity, start, end }) => `${entity}: ${text.slice(start, end)}`)
}

describe('decodeNames', () => {
  it('gives the stretches of legal tags with their classes', () => {
    const logits = logitsFor(['B-PERSON', 'I-PERSON', 'I-PERSON', 'L-PERSON', 'O', 'B-ADDRESS', 'L-ADDRESS'])
    expect(found(logits)).toEqual(['PERSON: Ana de la Paz', 'ADDRESS: 12 Rio'])
  })

  it('keeps neighbours of one class apart', () => {
    const logits = logitsFor(['U-PERSON', 'B-PERSON', 'I-PERSON', 'L-PERSON', 'O', 'O', 'U-ADDRESS'])
    expect(found(logits)).toEqual(['PERSON: Ana', 'PERSON: de la Paz', 'ADDRESS: Rio'])
  })

  it('closes what the logits would leave open or change midway', () => {
    const logits = logitsFor(['B-PERSON', 'I-PERSON', 'I-ADDRESS', 'L-PERSON', 'O', 'B-ADDRESS', 'I-ADDRESS'])
    expect(found(logits)).toEqual(['PERSON: Ana de la Paz', 'ADDRESS: 12 Rio'])
  })

  it('never begins inside an entity', () => {
    const logits = logitsFor(['L-PERSON', 'O', 'O', 'O', 'O', 'O', 'O'], 1)
    expect(found(logits)).toEqual([])
  })

  it('scores an entity by the mean probability of its class', () => {
    const [name] = decodeNames(logitsFor(['U-PERSON', 'O', 'O', 'O', 'O', 'O', 'O'], 3), tokens, tags)
    const [sure, unsure] = [Math.exp(3), 1]
    expect(name?.score).toBeCloseTo((sure + 3 * unsure) / (sure + 8 * unsure), 6)
  })

  it('finds nothing in no tokens', () => {
    expect(decodeNames(new Float32Array(0), [], tags)).toEqual([])
  })

  it('gives stretches in order, apart from each other and scored within 0..1, whatever the logits', () => {
    const random = createSeededRandom(7)
    for (let round = 0; round < 200; round += 1) {
      const logits = Float32Array.from({ length: tokens.length * tags.length }, () => (random() - 0.5) * 10)
      const spans = decodeNames(logits, tokens, tags)
      expect(spans.every(({ start, end, score }) => start < end && score > 0 && score <= 1)).toBe(true)
      expect(spans.every(({ start }, index) => index === 0 || start >= (spans[index - 1]?.end ?? 0))).toBe(true)
    }
  })
})
