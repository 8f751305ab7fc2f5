import { describe, expect, it } from 'vitest'
import settings from '../../../models/edgewise-names/names.json' with { type: 'json' }
import { hostileTexts } from '../../../src/bench/privacy/hostile-texts.ts'
import { nameFeatures } from '../../../src/engines/names/name-features.ts'
import type { NameModelSettings } from '../../../src/engines/names/name-model-settings.ts'
import { nameTokens } from '../../../src/engines/names/name-tokens.ts'
import golden from './features.golden.json' with { type: 'json' }

const features = settings.features as NameModelSettings['features']
const columns = features.length

function rowsOf(text: string): readonly number[] {
  return [...nameFeatures(text, nameTokens(text), features)]
}

/** Milliseconds of CPU for all features of a text, the least of two runs. */
function timeOf(text: string): number {
  const times = [1, 2].map(() => {
    const start = process.cpuUsage()
    nameFeatures(text, nameTokens(text), features)
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  })
  return Math.min(...times)
}

describe('nameFeatures', () => {
  it.each(golden)('hashes as the training does: $text', ({ text, rows }) => {
    expect(rowsOf(text)).toEqual(rows)
  })

  it('stays within the rows of every column', () => {
    const rows = rowsOf(golden.map(({ text }) => text).join('\n'))
    expect(rows.every((row, index) => row >= 0 && row < (features[index % columns]?.rows ?? 0))).toBe(true)
  })

  it('describes a word alike however its accents are written', () => {
    expect(rowsOf('Jose\u0301')).toEqual(rowsOf('José'))
  })

  it('gives nothing for a prefix or suffix as long as the word', () => {
    const names = features.map(({ name }) => name)
    const rows = rowsOf('Ana')
    expect(rows[names.indexOf('prefix3')]).toBe(0)
    expect(rows[names.indexOf('prefix2')]).toBeGreaterThan(0)
  })

  it.each([...hostileTexts(1).keys()])('takes time in line with the length of a hostile text: %s', (name) => {
    const [quarter = '', whole = ''] = [10_000, 40_000].map((length) => hostileTexts(length).get(name) ?? '')
    expect(timeOf(whole)).toBeLessThan(12 * Math.max(timeOf(quarter), 5))
  })

  it('takes one word of a million letters or marks as one word', () => {
    expect(nameTokens('a'.repeat(1_000_000))).toHaveLength(1)
    expect(nameTokens(`a${'\u0301'.repeat(1_000_000)}`)).toHaveLength(1)
    expect(timeOf('a'.repeat(1_000_000))).toBeLessThan(500)
    expect(timeOf(`a${'\u0301'.repeat(1_000_000)}`)).toBeLessThan(500)
  })
})
