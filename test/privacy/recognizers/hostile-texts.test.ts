import { expect, it } from 'vitest'
import { hostileTexts } from '../../../src/bench/privacy/hostile-texts.ts'
import { createDetector } from '../../../src/privacy/detector.ts'

const detector = createDetector()
const lengths = [50_000, 200_000] as const

/** CPU time, which does not count what other programs do meanwhile; the least of two. */
function cpuMs(text: string): number {
  const times = [1, 2].map(() => {
    const start = process.cpuUsage()
    detector.detect(text)
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  })
  return Math.min(...times)
}

it.each([...hostileTexts(1).keys()])('takes time linear in a hostile text of %s', { timeout: 60_000 }, (name) => {
  const [short = 0, long = 0] = lengths.map((length) => cpuMs(hostileTexts(length).get(name) ?? ''))
  // Per doubling, over two doublings; what is over in a few milliseconds says nothing about growth.
  expect(Math.sqrt(Math.max(long, 20) / Math.max(short, 5))).toBeLessThan(3)
})
