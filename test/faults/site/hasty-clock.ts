import type { Clock } from '../../../src/spec/ports.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'

const haste = 100

/** The real time, with waits a hundred times shorter: between two faults of a few hundred milliseconds, deliveries have to happen. */
export const hastyClock: Clock = {
  ...systemClock,
  delay: (ms, signal) => systemClock.delay(ms / haste, signal),
  backgroundDelay: (ms, signal) => systemClock.delay(ms / haste, signal),
  after: (ms, callback) => systemClock.after(ms / haste, callback),
}
