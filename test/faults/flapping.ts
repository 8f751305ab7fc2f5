import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import { emptyStore } from '../simulation/empty-store.ts'
import { Journal } from '../simulation/journal.ts'
import { SimulatedDisk } from '../simulation/simulated-disk.ts'
import { SimulatedEdge } from '../simulation/simulated-edge.ts'
import { SimulatedHub } from '../simulation/simulated-hub.ts'
import { fairWeather, type SimulatedLink } from '../simulation/simulated-network.ts'
import { SimulatedTime } from '../simulation/simulated-time.ts'
import { startWorkload } from '../simulation/workload.ts'
import type { Fault } from './fault.ts'

const upMs = 1000
const downMs = 3000
const minuteMs = 60_000
/** Whatever is handed over goes on at least this often. */
const longestPauseMs = 120_000
const mostRetried = 0.2

/** A link that is up for a second and down for three. */
export const flappingFault: Fault = {
  name: 'flapping',
  summary:
    'a link up 1 s and down 3 s for a simulated hour (10 min in the short form): steady progress, at most 20 % retries',
  async run({ full, seed, signal }) {
    const lengthMs = (full ? 60 : 10) * minuteMs
    const random = createSeededRandom(seed)
    const time = new SimulatedTime()
    const journal = new Journal()
    const hub = new SimulatedHub({ time, random, disk: new SimulatedDisk(await emptyStore()) })
    const disk = new SimulatedDisk(await emptyStore())
    const edge = new SimulatedEdge({ name: 'edge', time, random, disk, hub, onTrouble: (error) => journal.fail(error) })
    await hub.start()
    await edge.start()
    let flaps = 0
    flap(time, edge.link, () => {
      flaps += 1
    })
    startWorkload({ time, random, journal, edge, meanMs: 1000, untilMs: lengthMs })
    let [progressMs, longestMs] = [0, 0]
    while (await time.step(lengthMs)) {
      signal.throwIfAborted()
      if (journal.failure !== undefined) throw journal.failure
      const arrivals = hub.arrivals()
      for (const event of arrivals) journal.arrive(event)
      for (const [name, sequence] of hub.marks()) journal.mark(name, sequence)
      if (arrivals.length === 0 && journal.unsettled > 0) longestMs = Math.max(longestMs, time.nowMs - progressMs)
      else progressMs = time.nowMs
    }
    const { sent, repeated } = edge.traffic
    const ratio = repeated / sent
    const failure =
      longestMs > longestPauseMs
        ? `nothing was handed over for ${Math.round(longestMs / 1000)} s`
        : ratio > mostRetried
          ? `${Math.round(100 * ratio)} % of the traffic were retries`
          : undefined
    const notes = [
      `${journal.arrived} of ${journal.acknowledged} events over when it ended, longest pause ${Math.round(longestMs / 1000)} s`,
      `${Math.round(1000 * ratio) / 10} % of the entries that were sent had been sent before`,
    ]
    const counts = { injected: flaps, acknowledged: journal.acknowledged, lost: 0, duplicated: 0 }
    return { ...counts, notes, ...(failure !== undefined && { failure }) }
  },
}

function flap(time: SimulatedTime, link: SimulatedLink, onFlap: () => void): void {
  link.weather = fairWeather
  time.after(upMs, () => {
    link.weather = { ...fairWeather, isCut: true }
    onFlap()
    time.after(downMs, () => flap(time, link, onFlap))
  })
}
