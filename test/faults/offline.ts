import { stat } from 'node:fs/promises'
import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import type { Clock } from '../../src/spec/ports.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { EdgeStore } from '../../src/store/store.ts'
import { startEdgeProgram } from '../simulation/edge-program.ts'
import { emptyStore } from '../simulation/empty-store.ts'
import { Journal } from '../simulation/journal.ts'
import { clockOfLife, WallClock } from '../simulation/node-clock.ts'
import { openTo } from '../simulation/open-to.ts'
import { SimulatedDisk } from '../simulation/simulated-disk.ts'
import { SimulatedHub } from '../simulation/simulated-hub.ts'
import { fairWeather, SimulatedLink } from '../simulation/simulated-network.ts'
import { SimulatedTime } from '../simulation/simulated-time.ts'
import type { Fault, FaultContext, FaultResult } from './fault.ts'
import { faultFolder } from './fault-folder.ts'
import { edgeFile } from './site/site-files.ts'

const offlineMs = 72 * 3_600_000
/** Events that come in one moment, from as many callers. */
const atOnce = 100
const lanes = 10
/** The queue has to be empty within this time after the link is back. */
const drainMs = 6 * 3_600_000
/** Most that the disk may keep of a queue that was emptied, in bytes and as a share of what it had grown to. */
const leftRatio = 0.05

/** Three days without a link: everything is kept, and delivered in order when it is back, and the disk is given back. */
export const offlineFault: Fault = {
  name: '72h',
  summary:
    '72 simulated hours offline, 1,000,000 queued events (20,000 in the short form), all delivered in order after',
  async run(context) {
    await using folder = await faultFolder()
    const path = edgeFile(folder.path)
    const time = new SimulatedTime()
    const clock = clockOfLife(time, new WallClock(time), new AbortController().signal)
    await using store = await openStore({ path, clock })
    const baseBytes = await bytesOf(path)
    const site = await startSite({ context, time, clock, store })
    const events = context.full ? 1_000_000 : 20_000
    await site.stayOffline(events)
    const peakBytes = await bytesOf(path)
    const drain = await site.comeBack()
    const given = await store.housekeeping.run(context.signal)
    const leftBytes = await bytesOf(path)
    const { journal } = site
    const notes = [
      `${events} events in ${offlineMs / 3_600_000} simulated hours; the store grew from ${kilobytes(baseBytes)} to ${kilobytes(peakBytes)} KB`,
      `delivered in ${Math.round(drain.simulatedMs / 1000)} simulated seconds, ${Math.round(events / (drain.realMs / 1000))} events a second of real time`,
      `one run of housekeeping gave back ${kilobytes(given.bytes)} KB; the store has ${kilobytes(leftBytes)} KB`,
    ]
    const isGivenBack = leftBytes - baseBytes <= leftRatio * (peakBytes - baseBytes)
    return {
      injected: 1,
      acknowledged: journal.acknowledged,
      lost: journal.unsettled,
      duplicated: 0,
      notes,
      ...(!isGivenBack && { failure: 'one run of housekeeping did not give the disk back' }),
    } satisfies FaultResult
  },
}

interface SiteOptions {
  readonly context: FaultContext
  readonly time: SimulatedTime
  readonly clock: Clock
  readonly store: EdgeStore
}

async function startSite({ context, time, clock, store }: SiteOptions) {
  const random = createSeededRandom(context.seed)
  const journal = new Journal()
  const hub = new SimulatedHub({ time, random, disk: new SimulatedDisk(await emptyStore()) })
  const link = new SimulatedLink(time, random)
  link.weather = { ...fairWeather, isCut: true }
  await hub.start()
  await startEdgeProgram({
    outbox: store.outbox,
    clock,
    random,
    onTrouble: (error) => journal.fail(error),
    probe: () => link.call(() => hub.ping()),
    open: openTo((request) => link.call(() => hub.serve('edge', request))),
  })

  /** Throws when something comes twice or out of order. */
  async function step(untilMs: number): Promise<boolean> {
    context.signal.throwIfAborted()
    const goesOn = await time.step(untilMs)
    if (journal.failure !== undefined) throw journal.failure
    for (const event of hub.arrivals()) journal.arrive(event)
    return goesOn
  }

  return {
    journal,
    async stayOffline(events: number): Promise<void> {
      const stepMs = offlineMs / (events / atOnce)
      for (let made = 0; made < events; made += atOnce) {
        time.after((made / atOnce) * stepMs, () => enqueueMany(store, journal, made))
      }
      while (await step(offlineMs));
      if (journal.acknowledged !== events) throw new Error(`only ${journal.acknowledged} were taken in`)
      context.say(`${events} events wait`)
    },
    async comeBack() {
      const [startMs, startedMs] = [time.nowMs, performance.now()]
      link.weather = fairWeather
      while (journal.unsettled > 0 && (await step(startMs + drainMs)));
      return { simulatedMs: time.nowMs - startMs, realMs: performance.now() - startedMs }
    },
  }
}

function enqueueMany(store: EdgeStore, journal: Journal, made: number): void {
  for (let number = made; number < made + atOnce; number += 1) {
    const event = {
      edge: 'edge',
      key: `event-${number}`,
      lane: `${number % lanes}`,
      ordinal: 1 + Math.floor(number / lanes),
    }
    store.outbox.enqueue({ kind: 'telemetry', body: event, orderingKey: event.lane }).then(
      () => journal.acknowledge(event),
      (thrown: unknown) => journal.fail(thrown),
    )
  }
}

/** The file and what is still in its log. */
async function bytesOf(path: string): Promise<number> {
  const log = await stat(`${path}-wal`).catch(() => ({ size: 0 }))
  return (await stat(path)).size + log.size
}

function kilobytes(bytes: number): number {
  return Math.round(bytes / 1024)
}
