import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import { GroupCommit } from '../../src/store/group-commit.ts'
import type { Outbox } from '../../src/store/outbox/outbox.ts'
import { createSqliteOutbox } from '../../src/store/outbox/sqlite-outbox.ts'
import { emptyStore } from '../simulation/empty-store.ts'
import { clockOfLife, WallClock } from '../simulation/node-clock.ts'
import { SimulatedDisk } from '../simulation/simulated-disk.ts'
import { SimulatedTime } from '../simulation/simulated-time.ts'
import { addResults, nothingYet } from './add-results.ts'
import type { Fault, FaultResult } from './fault.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const yearMs = 365.25 * 24 * hourMs
const entriesOfAKind = 20

interface ClockFault {
  readonly name: string
  upset(wall: WallClock): void
  /** Whether a program that starts while the clock is so takes it for later than the deadlines. */
  readonly passesDeadlines: boolean
}

const clockFaults: readonly ClockFault[] = [
  { name: '10 years back', upset: (wall) => wall.jump(-10 * yearMs), passesDeadlines: false },
  { name: '10 years ahead', upset: (wall) => wall.jump(10 * yearMs), passesDeadlines: true },
  { name: '3 hours back', upset: (wall) => wall.jump(-3 * hourMs), passesDeadlines: false },
  { name: 'standing still', upset: (wall) => wall.freeze(), passesDeadlines: false },
]

/** A wall clock that jumps while the outbox waits for deadlines and backoffs, with and without a restart. */
export const clockJumpsFault: Fault = {
  name: 'clock-jumps',
  summary: 'the wall clock jumps 10 years or 3 hours, or stands still: no deadline comes early, no backoff sticks',
  async run({ seed, say }) {
    let result: FaultResult = nothingYet
    for (const fault of clockFaults) {
      for (const isRestarted of [false, true]) {
        const outcome = await jump(fault, isRestarted, seed)
        const name = `${fault.name}${isRestarted ? ', with a restart' : ''}`
        say(`${name}: ${outcome.failure ?? 'as promised'}`)
        result = addResults(result, {
          ...outcome,
          ...(outcome.failure !== undefined && { failure: `${name}: ${outcome.failure}` }),
        })
      }
    }
    return result
  },
}

async function jump(fault: ClockFault, isRestarted: boolean, seed: number): Promise<FaultResult> {
  const time = new SimulatedTime()
  const wall = new WallClock(time)
  const disk = new SimulatedDisk(await emptyStore())
  const open = () => openOutbox({ time, wall, disk, seed })
  let outbox = open()
  // Half of them have a deadline of an hour; all have failed five times and wait for their backoff.
  for (let entry = 0; entry < 2 * entriesOfAKind; entry += 1) {
    await outbox.enqueue({
      kind: 'background-request',
      body: { entry },
      idempotencyKey: String(entry),
      ...(entry % 2 === 0 && { deadlineMs: hourMs }),
    })
  }
  const lease = (of: Outbox) => of.lease({ kinds: ['background-request'], limit: 1000, leaseMs: minuteMs })
  for (let attempt = 0; attempt < 5; attempt += 1) {
    for (const leased of await lease(outbox)) await outbox.retry(leased, { reason: 'none' })
    await pass(time, attempt === 4 ? 0 : 5 * minuteMs)
  }
  fault.upset(wall)
  if (isRestarted) {
    disk.crash()
    outbox = open()
    await outbox.recover()
  }
  // No backoff is longer than five minutes.
  await pass(time, 5 * minuteMs + 1000)
  const early = await lease(outbox)
  for (const leased of early) await outbox.retry(leased, { reason: 'none' })
  await pass(time, hourMs)
  const late = await lease(outbox)
  return judged({ early: early.length, late: late.length, passesDeadlines: isRestarted && fault.passesDeadlines })
}

function judged({
  early,
  late,
  passesDeadlines,
}: {
  early: number
  late: number
  passesDeadlines: boolean
}): FaultResult {
  const wanted = { early: passesDeadlines ? entriesOfAKind : 2 * entriesOfAKind, late: entriesOfAKind }
  const isRight = early === wanted.early && late === wanted.late
  const failure = `${early} entries could be worked on within their deadline and ${late} behind it, not ${wanted.early} and ${wanted.late}`
  return {
    injected: 1,
    acknowledged: 2 * entriesOfAKind,
    lost: Math.max(0, wanted.late - late),
    duplicated: 0,
    ...(!isRight && { failure }),
  }
}

interface OpenOptions {
  readonly time: SimulatedTime
  readonly wall: WallClock
  readonly disk: SimulatedDisk
  readonly seed: number
}

function openOutbox({ time, wall, disk, seed }: OpenOptions): Outbox {
  const database = disk.open()
  return createSqliteOutbox({
    database,
    commits: new GroupCommit({ database, path: 'outbox' }),
    clock: clockOfLife(time, wall, new AbortController().signal),
    random: createSeededRandom(seed),
    limits: { rows: 1000, bytes: 1_000_000, entryBytes: 10_000 },
  })
}

async function pass(time: SimulatedTime, ms: number): Promise<void> {
  const untilMs = time.nowMs + ms
  while (await time.step(untilMs));
}
