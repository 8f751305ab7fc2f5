import { parseLedgerKey } from '../../privacy/ledger/ledger-key.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { ledgerLines } from './ledger-lines.ts'
import { readNamed } from './ledger-paths.ts'
import { type RecordedSend, RecordedSends } from './recorded-sends.ts'
import { sendAsJson, sendHeading, tellSend } from './tell-send.ts'

export interface ShowSendsOptions {
  readonly folder: string
  readonly keyPath: string
  /** How many of those that are there already. */
  readonly most: number
  readonly follows: boolean
  readonly asJson: boolean
  readonly requestId: string | undefined
}

/** Prints the latest sends; with `follows` also those to come, until Ctrl-C. */
export async function showSends({
  folder,
  keyPath,
  most,
  follows,
  asJson,
  requestId,
}: ShowSendsOptions): Promise<void> {
  const request =
    requestId === undefined
      ? {}
      : { request: { id: requestId, key: parseLedgerKey(await readNamed(keyPath), keyPath) } }
  const sends = new RecordedSends(request)
  const stop = new AbortController()
  if (follows) process.once('SIGINT', () => stop.abort())
  const print = (shown: readonly RecordedSend[]) => {
    for (const send of shown) process.stdout.write(`${asJson ? sendAsJson(send) : tellSend(send)}\n`)
  }
  let latest: RecordedSend[] | undefined = []
  const follow = follows ? { follow: { clock: systemClock, signal: stop.signal } } : {}
  for await (const entries of ledgerLines({ folder, ...follow })) {
    const ended = entries.flatMap((entry) => sends.take(entry))
    if (latest === undefined) {
      print(ended)
      continue
    }
    latest = [...latest, ...ended].slice(-most)
    if (entries.length > 0) continue
    // All that was there has been read.
    if (!asJson) process.stdout.write(`${sendHeading}\n`)
    const underWay = follows ? [] : sends.open
    print([...latest, ...underWay].slice(-most))
    latest = undefined
  }
}
