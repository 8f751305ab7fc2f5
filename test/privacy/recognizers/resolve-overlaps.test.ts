import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Finding } from '../../../src/privacy/recognizers/recognizer.ts'
import { resolveOverlaps } from '../../../src/privacy/recognizers/resolve-overlaps.ts'

function finding(start: number, end: number, score: number, entity: Finding['entity'] = 'PERSON'): Finding {
  return { entity, start, end, score, recognizer: 'test' }
}

const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(4)

it('keeps findings that do not touch, in the order of the text', () => {
  const [late, early] = [finding(10, 14, 0.5), finding(0, 4, 0.9)]
  expect(resolveOverlaps(text, [late, early])).toEqual([early, late])
})

it('lets the higher score win, then the longer', () => {
  const [sure, unsure] = [finding(0, 4, 0.9, 'DATE'), finding(0, 4, 0.5)]
  expect(resolveOverlaps(text, [unsure, sure])).toEqual([sure])
  const [short, long] = [finding(0, 4, 0.5, 'DATE'), finding(0, 9, 0.5)]
  expect(resolveOverlaps(text, [short, long])).toEqual([long])
})

it('keeps what a loser covered beyond the winner, unless nothing can be read there', () => {
  const resolved = resolveOverlaps(text, [finding(0, 20, 0.5), finding(5, 10, 0.9, 'DATE')])
  expect(resolved.map(({ entity, start, end }) => [entity, start, end])).toEqual([
    ['PERSON', 0, 5],
    ['DATE', 5, 10],
    ['PERSON', 10, 20],
  ])
  expect(resolveOverlaps('12-34 . ', [finding(0, 8, 0.5), finding(0, 5, 0.9, 'DATE')])).toHaveLength(1)
})

it('never leaves an overlap, nor anything uncovered that was found', () => {
  const findings = fc.array(
    fc.tuple(fc.nat(100), fc.integer({ min: 1, max: 30 }), fc.double({ min: 0, max: 1, noNaN: true })),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(findings, (drafts) => {
      const all = drafts.map(([start, length, score]) => finding(start, Math.min(104, start + length), score))
      const resolved = resolveOverlaps(text, all)
      for (const [index, { start }] of resolved.entries()) {
        if (index > 0) expect(start).toBeGreaterThanOrEqual(resolved[index - 1]?.end ?? 0)
      }
      const covered = (unit: number, list: readonly Finding[]) =>
        list.some(({ start, end }) => start <= unit && unit < end)
      const lost = Array.from({ length: text.length }, (_, unit) => unit).filter(
        (unit) => covered(unit, all) && !covered(unit, resolved),
      )
      // Single letters between two winners are the only thing given up.
      for (const unit of lost) expect(lost.includes(unit - 1) || lost.includes(unit + 1)).toBe(false)
    }),
  )
})
