import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { createEgress, type Egress } from '../../privacy/egress/egress.ts'
import { ledgerBytes, ledgerFiles } from '../../privacy/ledger/ledger-folder.ts'
import { openLedger } from '../../privacy/ledger/open-ledger.ts'
import { verifyLedger } from '../../privacy/ledger/verify/verify-ledger.ts'
import { OutboundBody } from '../../spec/outbound.ts'
import { systemClock } from '../../spec/system-clock.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { forkPeer } from '../gateway/peer-process.ts'
import { median, quantile } from '../statistics.ts'

const rounds = 5
const sendsPerRun = 1500
const prompt = 'Is the pump within its limits? '.repeat(64)

/** What it costs a send that its record is on disk before its first byte leaves. */
export const ledgerBench: Bench = {
  name: 'ledger',
  summary: 'sends through egress with the ledger and without it, in turns; size and checking of a ledger',
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'edgewise-bench-'))
    try {
      return await measure(context, folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function measure({ say }: BenchContext, root: string): Promise<readonly Figure[]> {
  const mock = join(import.meta.dirname, '..', 'gateway', `mock-process${import.meta.filename.slice(-3)}`)
  await using server = await forkPeer(mock, [], { PATH: process.env.PATH })
  const { origin } = z.object({ origin: z.string() }).parse(server.ready)
  const folder = join(root, 'ledger')
  const figures: Figure[] = []
  {
    const options = { folder, keyPath: join(root, 'key.pem'), clock: systemClock, onTrouble: say }
    await using ledger = await openLedger(options)
    const common = { destinations: [{ origin }], record: () => undefined, clock: systemClock }
    await using without = createEgress(common)
    await using recorded = createEgress({ ...common, ledger })
    for (const atOnce of [1, 32]) {
      const times: { readonly off: Run[]; readonly on: Run[] } = { off: [], on: [] }
      for (let round = 0; round <= rounds; round += 1) {
        say(`${atOnce} at a time, round ${round} of ${rounds}`)
        const runs = [await send(without, origin, atOnce), await send(recorded, origin, atOnce)] as const
        // The first round warms up.
        if (round === 0) continue
        times.off.push(runs[0])
        times.on.push(runs[1])
      }
      figures.push(...figuresOf(times, `${atOnce} at a time`))
    }
  }
  return [...figures, ...(await checking(folder))]
}

interface Run {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly perSecond: number
}

async function send(egress: Egress, origin: string, atOnce: number): Promise<Run> {
  const tookMs: number[] = []
  const start = performance.now()
  const sendOn = async () => {
    while (tookMs.length < sendsPerRun) {
      const begun = performance.now()
      const { body } = await egress.open({
        url: new URL('/v1/chat/completions', origin),
        method: 'POST',
        headers: {},
        body: OutboundBody.control({ model: 'mock-model', messages: [{ role: 'user', content: prompt }] }),
        purpose: 'inference',
        requestId: `request-${tookMs.length}`,
        headersTimeoutMs: 10_000,
        bodyTimeoutMs: 10_000,
        signal: new AbortController().signal,
      })
      for await (const _piece of body);
      tookMs.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendOn))
  const perSecond = (1000 * tookMs.length) / (performance.now() - start)
  return { p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99), perSecond }
}

function figuresOf({ off, on }: { readonly off: readonly Run[]; readonly on: readonly Run[] }, how: string): Figure[] {
  const of = (runs: readonly Run[], name: keyof Run) => median(runs.map((run) => run[name]))
  return [
    { name: `p50 without the ledger, ${how}`, value: of(off, 'p50Ms'), unit: 'ms' },
    { name: `added p50, ${how}`, value: of(on, 'p50Ms') - of(off, 'p50Ms'), unit: 'ms' },
    { name: `added p99, ${how}`, value: of(on, 'p99Ms') - of(off, 'p99Ms'), unit: 'ms' },
    { name: `sends/s with / without, ${how}`, value: of(on, 'perSecond') / of(off, 'perSecond'), unit: 'ratio' },
  ]
}

async function checking(folder: string): Promise<Figure[]> {
  const start = performance.now()
  const { last, sends, fault } = verifyLedger({ files: await ledgerFiles(folder) })
  if (fault !== undefined) throw new Error(`the ledger of the bench is not good: ${fault.because}`)
  const seconds = (performance.now() - start) / 1000
  const bytes = await ledgerBytes(folder)
  return [
    { name: 'size of a send with its end', value: bytes / sends, unit: 'bytes' },
    { name: 'entries checked by ledger verify', value: last / seconds, unit: '1/s' },
  ]
}
