import { expect, it } from 'vitest'
import { hostileTexts } from '../../../src/bench/privacy/hostile-texts.ts'
import { createDetector } from '../../../src/privacy/detector.ts'

const detector = createDetector()
const length = 400_000

// Whatever grows with the square of such a length does not end in time. How it grows is measured by the privacy benchmark.
it.each([...hostileTexts(1).keys()])('gets through a hostile text of %s', { timeout: 20_000 }, (name) => {
  const text = hostileTexts(length).get(name) ?? ''
  expect(text.length).toBeGreaterThan(length / 2)
  const findings = detector.detect(text)
  for (const { start, end } of findings) expect(start < end && end <= text.length).toBe(true)
})
