import { expect, it } from 'vitest'
import { openReadMeter } from '../../../src/bench/engine/read-bandwidth.ts'

it('reads as often as it is asked, with several threads', async () => {
  await using meter = await openReadMeter(2, 2 ** 22)
  for (const bytesPerSecond of [await meter.measure(), await meter.measure()]) {
    expect(bytesPerSecond).toBeGreaterThan(1e6)
    expect(bytesPerSecond).toBeLessThan(1e13)
  }
})
