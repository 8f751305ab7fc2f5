import { BrokenPromise } from '../simulation/journal.ts'
import { simulate } from '../simulation/simulate.ts'
import { addResults, nothingYet } from './add-results.ts'
import type { Fault, FaultResult } from './fault.ts'

/** Times real time; slower than this, nobody would run enough of them. Judged in the long form only: a busy machine is no fault. */
const leastFactor = 100

/** Edges, a hub and links in one thread, everything that happens drawn from a seed. */
export const simulationFault: Fault = {
  name: 'simulation',
  summary:
    'edges, hub and links in simulated time, with crashes, bad links and wrong clocks: 2,000 seeds in the long form',
  async run({ full, seed, say, signal }) {
    const seeds = full ? 2000 : 12
    let result: FaultResult = nothingYet
    let [simulatedMs, realMs] = [0, 0]
    for (let number = seed; number < seed + seeds; number += 1) {
      signal.throwIfAborted()
      const run = await simulate({ seed: number, minutes: 4 })
      simulatedMs += run.simulatedMs
      realMs += run.realMs
      result = addResults(result, { injected: run.disasters, acknowledged: run.acknowledged, lost: 0, duplicated: 0 })
      if ((number - seed) % 20 === 19)
        say(`${number - seed + 1} of ${seeds} seeds, ${factor(simulatedMs, realMs)} times real time`)
    }
    const control = await lazyControl(seed)
    const times = factor(simulatedMs, realMs)
    const notes = [
      `${seeds} seeds from ${seed} on, ${times} times real time; control with disks that forget: ${control ?? 'nothing was lost'}`,
    ]
    const failure =
      control === undefined
        ? 'the control lost nothing, so these simulations prove nothing'
        : full && times < leastFactor
          ? `only ${times} times real time`
          : undefined
    return { ...result, notes, ...(failure !== undefined && { failure }) }
  },
}

function factor(simulatedMs: number, realMs: number): number {
  return Math.round(simulatedMs / realMs)
}

/** What broke first on disks that do not keep what they said they did. */
async function lazyControl(seed: number): Promise<string | undefined> {
  try {
    await simulate({ seed, minutes: 10, lazyDisks: true })
    return undefined
  } catch (thrown) {
    if (thrown instanceof BrokenPromise) return thrown.message
    throw thrown
  }
}
