import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createEgress, type EgressRecord } from '../../../src/privacy/egress/egress.ts'
import { ledgerFiles } from '../../../src/privacy/ledger/ledger-folder.ts'
import { openLedger } from '../../../src/privacy/ledger/open-ledger.ts'
import { verifyLedger } from '../../../src/privacy/ledger/verify/verify-ledger.ts'
import { OutboundBody } from '../../../src/spec/outbound.ts'
import type { Outbound, Random } from '../../../src/spec/ports.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { startWitness, type Witness, type WitnessFault, witnessFaults } from './witness.ts'

export interface ConserveBytesOptions {
  readonly folder: string
  readonly sends: number
  readonly random: Random
  readonly onProgress?: (sends: number) => void
  readonly signal?: AbortSignal
}

export interface ConservedBytes {
  /** Sends that were answered to the end: the ledger's bytes equal the wire's exactly. */
  readonly completed: number
  readonly interrupted: number
  /** Sends of which nothing left, and the ledger says so. */
  readonly unsent: number
  readonly ledgerBytes: number
  readonly wireBytes: number
  /** What does not fit, one line each. */
  readonly faults: readonly string[]
  readonly repeated: number
}

const atOnce = 16
const smallBytes = 4_000
const largeBytes = 1_500_000

/** Sends through egress to a server that counts, with faults on both sides, and holds the ledger against what came. */
export async function conserveBytes(options: ConserveBytesOptions): Promise<ConservedBytes> {
  const { folder, sends } = options
  const records = new Map<string, EgressRecord>()
  await using witness = await startWitness()
  const destinations = [witness.port, await deadPort()].map((port) => ({ origin: `http://127.0.0.1:${port}` }))
  {
    await using ledger = await openLedger(ledgerAt(folder))
    await using egress = createEgress({
      destinations,
      record: (record) => records.set(record.requestId ?? '', record),
      clock: systemClock,
      ledger,
    })
    let next = 0
    const worker = async () => {
      for (let id = next++; id < sends; id = next++) {
        options.signal?.throwIfAborted()
        await send({ id, open: egress.open, origins: destinations.map(({ origin }) => origin), random: options.random })
        if (id % 1000 === 999) options.onProgress?.(id + 1)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }
  return compare({ folder, witness, records, sends })
}

function ledgerAt(folder: string): Parameters<typeof openLedger>[0] & { readonly clock: typeof systemClock } {
  const onTrouble = (message: string) => {
    throw new Error(message)
  }
  return { folder, keyPath: `${folder}.pem`, clock: systemClock, onTrouble, rotateBytes: 200_000 }
}

interface SendOptions {
  readonly id: number
  readonly open: (outbound: Outbound) => Promise<{ readonly body: AsyncIterable<Uint8Array> }>
  readonly origins: readonly string[]
  readonly random: Random
}

async function send({ id, open, origins: [there = '', nowhere = ''], random }: SendOptions): Promise<void> {
  const chance = random()
  const fault: WitnessFault =
    chance < 0.6 ? 'none' : (witnessFaults[Math.floor(random() * witnessFaults.length)] ?? 'none')
  const origin = chance > 0.97 ? nowhere : chance > 0.94 ? 'https://elsewhere.example' : there
  const length = Math.floor(random() * (random() < 0.03 ? largeBytes : smallBytes))
  const leaving = new AbortController()
  // Some callers go away: before, while or after the bytes leave.
  if (chance > 0.9 || fault === 'stall' || fault === 'half-read') setTimeout(() => leaving.abort(), random() * 20)
  const outbound: Outbound = {
    url: new URL(`/send?${id}`, origin),
    method: length === 0 ? 'GET' : 'POST',
    headers: { 'x-send': String(id), 'x-fault': fault },
    ...(length === 0 ? {} : { body: OutboundBody.control('x'.repeat(length)) }),
    purpose: 'inference',
    requestId: String(id),
    headersTimeoutMs: 5_000,
    bodyTimeoutMs: 5_000,
    signal: leaving.signal,
  }
  try {
    for await (const _ of (await open(outbound)).body);
  } catch {
    // What became of it stands in the record.
  }
}

interface CompareOptions {
  readonly folder: string
  readonly witness: Witness
  readonly records: ReadonlyMap<string, EgressRecord>
  readonly sends: number
}

async function compare({ folder, witness, records, sends }: CompareOptions): Promise<ConservedBytes> {
  const files = await ledgerFiles(folder)
  const verdict = verifyLedger({ files, seen: [readFileSync(join(folder, 'checkpoint'), 'utf8')] })
  const entries = new Map(
    files.flatMap(entriesOf).map((entry) => [entry.kind === 'end' ? `end ${entry.of}` : entry.seq, entry]),
  )
  const faults: string[] = verdict.fault === undefined ? [] : [JSON.stringify(verdict.fault)]
  const tally = { completed: 0, interrupted: 0, unsent: 0, ledgerBytes: 0, wireBytes: witness.nameless }
  for (let id = 0; id < sends; id += 1) {
    const record = records.get(String(id))
    const wire = witness.bytes.get(String(id)) ?? 0
    const announced = Number(entries.get(record?.entry ?? -1)?.bytes ?? 0)
    const end = entries.get(`end ${record?.entry}`)
    const left = Number(end?.bytes ?? announced)
    tally.ledgerBytes += left
    tally.wireBytes += wire
    if (record === undefined) faults.push(`send ${id} has no record`)
    else if (record.entry === undefined) tally.unsent += 1
    else if (record.outcome === 'answered' && left === announced) tally.completed += 1
    else tally.interrupted += 1
    if (wire > left) faults.push(`send ${id}: ${wire} bytes on the wire, ${left} in the ledger`)
    if (record?.outcome === 'answered' && left === announced && wire !== left)
      faults.push(`send ${id} was completed with ${wire} bytes, the ledger has ${left}`)
    if (record?.entry !== undefined && end === undefined) faults.push(`send ${id} has no end`)
  }
  // A caller who goes away while the entry is written never learns its number; its end says that nothing left.
  const known = new Set([...records.values()].map(({ entry }) => entry))
  const withoutBytes = [...entries.values()].filter(
    ({ kind, of, bytes }) => kind === 'unsent' || (kind === 'end' && bytes === 0 && !known.has(of)),
  )
  if (withoutBytes.length !== tally.unsent)
    faults.push(`${tally.unsent} sends did not leave, the ledger has ${withoutBytes.length} of them`)
  if (tally.wireBytes > tally.ledgerBytes) faults.push('there were more bytes on the wire than in the ledger')
  return { ...tally, faults, repeated: witness.repeated }
}

function entriesOf(
  file: string,
): { readonly kind: string; readonly seq: number; readonly of?: number; readonly bytes?: number }[] {
  const lines = readFileSync(file, 'latin1').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line.slice(44)))
}

async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
