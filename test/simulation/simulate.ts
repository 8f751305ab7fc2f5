import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import { startDisasters } from './disasters.ts'
import { emptyStore } from './empty-store.ts'
import { BrokenPromise, Journal } from './journal.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { SimulatedEdge } from './simulated-edge.ts'
import { SimulatedHub } from './simulated-hub.ts'
import { SimulatedTime } from './simulated-time.ts'
import { startWorkload } from './workload.ts'

export interface SimulationOptions {
  readonly seed: number
  readonly edges?: number
  /** How long things happen; after that everything is repaired and has to be delivered. */
  readonly minutes?: number
  /** The control: edges whose disks forget what they said was safe. */
  readonly lazyDisks?: boolean
}

export interface SimulationResult {
  readonly seed: number
  readonly disasters: number
  readonly acknowledged: number
  readonly arrived: number
  readonly steps: number
  readonly simulatedMs: number
  readonly realMs: number
}

const minuteMs = 60_000
/** After the last repair, everything has to be at the hub within this time. */
const calmMs = 20 * minuteMs

/**
 * Lets edges, a hub and their links run in simulated time, with disasters drawn from the seed, and checks after every step that nothing acknowledged is lost,
 * nothing came twice or out of order, and no mark went back. Throws `BrokenPromise` with the seed.
 */
export async function simulate({
  seed,
  edges = 3,
  minutes = 10,
  lazyDisks = false,
}: SimulationOptions): Promise<SimulationResult> {
  const startedMs = performance.now()
  const random = createSeededRandom(seed)
  const time = new SimulatedTime()
  const journal = new Journal()
  const empty = await emptyStore()
  const hub = new SimulatedHub({ time, random, disk: new SimulatedDisk(empty) })
  const sites = Array.from({ length: edges }, (_, index) => {
    const disk = new SimulatedDisk(empty, { isLazy: lazyDisks })
    return new SimulatedEdge({
      name: `edge-${index + 1}`,
      time,
      random,
      disk,
      hub,
      onTrouble: (error) => journal.fail(error),
    })
  })
  const untilMs = minutes * minuteMs
  let disasters = 0
  time.after(0, () => {
    for (const machine of [hub, ...sites]) void machine.start()
    for (const edge of sites) startWorkload({ time, random, journal, edge, meanMs: 3000, untilMs })
    startDisasters({
      time,
      random,
      machines: [hub, ...sites],
      links: sites.map(({ link }) => link),
      meanMs: 15_000,
      untilMs,
      onDisaster: () => {
        disasters += 1
      },
    })
  })
  try {
    while (await time.step(untilMs)) check(journal, hub, sites)
    while (journal.unsettled > 0 && (await time.step(untilMs + calmMs))) check(journal, hub, sites)
    if (journal.unsettled > 0) throw new BrokenPromise(`${journal.unsettled} acknowledged events never arrived`)
  } catch (thrown) {
    throw new BrokenPromise(
      `seed ${seed}, at ${Math.round(time.nowMs)} ms: ${thrown instanceof Error ? thrown.message : thrown}`,
      {
        cause: thrown,
      },
    )
  }
  return {
    seed,
    disasters,
    acknowledged: journal.acknowledged,
    arrived: journal.arrived,
    steps: time.steps,
    simulatedMs: time.nowMs,
    realMs: performance.now() - startedMs,
  }
}

function check(journal: Journal, hub: SimulatedHub, sites: readonly SimulatedEdge[]): void {
  if (journal.failure !== undefined) throw journal.failure
  for (const event of hub.arrivals()) journal.arrive(event)
  for (const [name, sequence] of hub.marks()) journal.mark(name, sequence)
  for (const edge of sites) {
    const kept = edge.keptIfChanged()
    if (kept !== undefined) journal.expectKept(edge.name, kept)
  }
}
