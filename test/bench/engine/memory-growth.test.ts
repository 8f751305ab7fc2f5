import { expect, it } from 'vitest'
import { measureMemoryGrowth } from '../../../src/bench/engine/memory-growth.ts'

it('the memory of the engine is looked at before and after its requests', async () => {
  const lines: string[] = []
  const figures = await measureMemoryGrowth({ say: (line) => lines.push(line), threads: 1, warmUp: 3, requests: 4 })
  expect(lines).toEqual(['edgewise-edge, 7 short requests'])
  expect(figures.map(({ name, goal }) => [name, goal])).toEqual([
    ['RSS edgewise-edge after 3 requests', undefined],
    ['RSS growth over 4 requests', '<= 5'],
  ])
  // A system that does not tell gives NaN.
  expect(figures.every(({ value }) => Number.isNaN(value) || Math.abs(value) < 1000)).toBe(true)
})
