import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../store/open-database.ts'
import { openStore } from '../../store/open-store.ts'
import type { Figure } from '../bench.ts'
import { median } from '../statistics.ts'

const rounds = 25
const roundMs = 200
/** What a telemetry entry has, about. */
const body = { kind: 'decision', text: 'x'.repeat(300) }

/** Durable enqueues a second beside bare commits of the same bytes into a table without any index, round by round in turns. */
export async function measureEnqueues(say: (line: string) => void): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'edgewise-bench-'))
  try {
    await using store = await openStore({ path: join(folder, 'edge.db') })
    const bare = openBare(join(folder, 'bare.db'))
    const rates: Record<'bare' | 'one' | 'many', number[]> = { bare: [], one: [], many: [] }
    const enqueue = () => store.outbox.enqueue({ kind: 'telemetry', body })
    for (let round = 0; round < rounds; round++) {
      rates.bare.push(await rate(1, async () => bare.insert()))
      rates.one.push(await rate(1, enqueue))
      rates.many.push(await rate(16, enqueue))
      const [bareRate, one, many] = [rates.bare, rates.one, rates.many].map((list) => list.at(-1)?.toFixed(0))
      say(`round ${round + 1}: bare ${bareRate}/s, one writer ${one}/s, 16 writers ${many}/s`)
    }
    bare.close()
    const share = (of: readonly number[]) => median(of.map((value, round) => value / (rates.bare[round] ?? Number.NaN)))
    return [
      { name: 'bare commits', value: median(rates.bare), unit: '1/s' },
      { name: 'durable enqueues, one writer', value: median(rates.one), unit: '1/s' },
      { name: 'durable enqueues, 16 writers', value: median(rates.many), unit: '1/s' },
      { name: 'one writer, of bare', value: share(rates.one), unit: '', goal: '>= 0.7' },
      { name: '16 writers, of bare', value: share(rates.many), unit: '', goal: '>= 1' },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** One row a commit into a file with the same pragmas. */
function openBare(path: string) {
  const database = openDatabase(path)
  database.exec('CREATE TABLE bare (id INTEGER PRIMARY KEY, body TEXT NOT NULL)')
  const insert = database.prepare('INSERT INTO bare (body) VALUES (?)')
  return { insert: () => void insert.run(JSON.stringify(body)), close: () => database.close() }
}

/** Calls a second of so many writers, each of which waits for its last call. */
async function rate(writers: number, write: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  let done = 0
  const work = async () => {
    while (performance.now() - start < roundMs) {
      await write()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: writers }, work))
  return (done * 1000) / (performance.now() - start)
}
