import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { LedgerEntry } from '../../../src/cli/ledger/recorded-sends.ts'
import type { Ledger, SendNotice } from '../../../src/privacy/ledger/ledger.ts'
import { ledgerFiles } from '../../../src/privacy/ledger/ledger-folder.ts'
import { type OpenLedgerOptions, openLedger } from '../../../src/privacy/ledger/open-ledger.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'

/** A folder of its own that is gone when disposed of. */
export function ledgerRoom(): {
  readonly root: string
  readonly folder: string
  readonly keyPath: string
} & Disposable {
  const root = mkdtempSync(join(tmpdir(), 'edgewise-ledger-'))
  return {
    root,
    folder: join(root, 'ledger'),
    keyPath: join(root, 'ledger-key.pem'),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}

export interface OpenedLedger extends Ledger {
  readonly troubles: readonly string[]
}

/** A ledger that keeps what it complains of. */
export async function openIn(
  room: Pick<OpenLedgerOptions, 'folder' | 'keyPath'>,
  changes: Partial<OpenLedgerOptions> = {},
): Promise<OpenedLedger> {
  const { folder, keyPath } = room
  const troubles: string[] = []
  const onTrouble = (message: string) => troubles.push(message)
  const ledger = await openLedger({ folder, keyPath, clock: systemClock, onTrouble, ...changes })
  return Object.assign(ledger, { troubles })
}

export function sendOf(requestId: string, bodyBytes = 20): SendNotice {
  return {
    at: 1_700_000_000_000,
    mono: 12,
    to: 'https://hub.example:4600',
    spki: 'ab'.repeat(32),
    purpose: 'inference',
    dataClass: 'text',
    requestId,
    head: Buffer.from('POST /v1/chat/completions HTTP/1.1\r\n\r\n'),
    body: Buffer.alloc(bodyBytes, requestId),
    facts: { placement: 'cloud', policy: 'p1', report: { findings: { PERSON: 2 }, actions: { pseudonymise: 2 } } },
  }
}

/** Records a send and its end. */
export async function sendWhole(ledger: Ledger, requestId: string): Promise<number> {
  const notice = sendOf(requestId)
  const of = await ledger.send(notice)
  ledger.end({ of, at: notice.at, mono: 15, bytes: notice.head.byteLength + notice.body.byteLength, status: 200 })
  return of
}

/** Every whole entry in the files of a folder. */
export async function entriesIn(folder: string): Promise<LedgerEntry[]> {
  return (await ledgerFiles(folder)).flatMap((path) =>
    readFileSync(path, 'latin1')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line.slice(44)) as LedgerEntry),
  )
}

/** Copies files into another folder, changed by `edit`; one that it gives undefined for is left out. */
export function copyFiles(
  paths: readonly string[],
  to: string,
  edit: (text: string, index: number) => string | undefined,
): string[] {
  return paths.flatMap((path, index) => {
    const text = edit(readFileSync(path, 'latin1'), index)
    if (text === undefined) return []
    const copy = join(to, basename(path))
    writeFileSync(copy, text, 'latin1')
    return [copy]
  })
}
