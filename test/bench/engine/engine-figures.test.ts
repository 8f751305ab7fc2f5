import { describe, expect, it } from 'vitest'
import { bandwidthFigures, decodeFigures, prefillFigures } from '../../../src/bench/engine/engine-figures.ts'
import type { ScenarioRuns } from '../../../src/bench/engine/measure-model.ts'

function answers(...decodeMs: number[]) {
  return decodeMs.map((ms) => ({ decodeMs: ms, firstTokenMs: 2 * ms }))
}

/** Ten decoded steps behind 20 tokens: medians 110, 100 and 88 ms. */
const runs: ScenarioRuns = {
  prompt: { content: '7', ids: Array.from({ length: 20 }, () => 1) },
  tokens: 11,
  answers: {
    edgewise: answers(110, 300, 100),
    bare: answers(100, 100, 500),
    'bare on our graph': answers(88, 80, 400),
  },
}

function value(figures: readonly { name: string; value: number }[], name: string): number | undefined {
  return figures.find((figure) => figure.name === name)?.value
}

describe('the figures of the engine bench', () => {
  it('holds the overhead over each bare loop, of medians, against the goal', () => {
    const figures = decodeFigures(runs, { label: 'some', isGoal: true })
    expect(value(figures, 'decode edgewise, some')).toBeCloseTo(1000 / 11)
    expect(value(figures, 'overhead, some')).toBeCloseTo(0.1)
    expect(value(figures, 'overhead on our graph, some')).toBeCloseTo(0.25)
    expect(figures.filter(({ goal }) => goal === '<= 0.05').map(({ name }) => name)).toEqual([
      'overhead, some',
      'overhead on our graph, some',
    ])
  })

  it('sets no goal where none was asked for', () => {
    const figures = decodeFigures(runs, { label: 'some', isGoal: false })
    expect(figures.every(({ goal }) => goal === undefined)).toBe(true)
  })

  it('prints the spread of each runner', () => {
    const spreads = decodeFigures(runs, { label: 'some', isGoal: true }).filter(({ name }) => name.startsWith('spread'))
    expect(spreads).toHaveLength(3)
    // 100, 90.9 and 33.3 tokens/s.
    expect(spreads[0]?.value).toBeCloseTo((100 - 100 / 3) / (1000 / 11))
  })

  it('counts the prompt up to the first token as prefill', () => {
    const figures = prefillFigures(runs)
    expect(value(figures, 'first token edgewise, 20 tokens')).toBe(220)
    expect(value(figures, 'prefill bare, 20 tokens')).toBeCloseTo(100)
  })

  it('limits decoding by the best measurement of the memory', () => {
    const figures = bandwidthFigures({ bytesPerSecond: [8e9, 10e9, 9e9], weightBytes: 5e7, runs })
    expect(value(figures, 'decode limit by memory')).toBe(200)
    expect(value(figures, 'decode edgewise / limit')).toBeCloseTo(1000 / 11 / 200)
  })
})
