import { parseLedgerKey } from '../../privacy/ledger/ledger-key.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { ledgerLines } from './ledger-lines.ts'
import { readNamed, requireLedger } from './ledger-paths.ts'
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
  /** Also what was answered and carries no content: probes and the like. */
  readonly showsAll: boolean
}

/** Prints the latest sends; with `follows` also those to come, until Ctrl-C. Throws `not-found` without a ledger. */
export async function showSends(options: ShowSendsOptions): Promise<void> {
  const { folder, most, follows, asJson, requestId } = options
  await requireLedger(folder)
  const sends = await recordedSends(options)
  const stop = new AbortController()
  if (follows) process.once('SIGINT', () => stop.abort())
  const printer = new SendPrinter(options)
  let latest: RecordedSend[] | undefined = []
  const follow = follows ? { follow: { clock: systemClock, signal: stop.signal } } : {}
  for await (const entries of ledgerLines({ folder, ...follow })) {
    const ended = printer.choose(entries.flatMap((entry) => sends.take(entry)))
    if (latest === undefined) {
      printer.print(ended)
      continue
    }
    latest = [...latest, ...ended].slice(-most)
    if (entries.length > 0) continue
    // All that was there has been read.
    const shown = [...latest, ...(follows ? [] : sends.open)].slice(-most)
    if (!asJson && (follows || requestId === undefined || shown.length > 0)) printer.printHeading()
    printer.print(shown)
    latest = undefined
  }
  printer.conclude()
}

async function recordedSends({ requestId, keyPath }: ShowSendsOptions): Promise<RecordedSends> {
  if (requestId === undefined) return new RecordedSends()
  return new RecordedSends({ request: { id: requestId, key: parseLedgerKey(await readNamed(keyPath), keyPath) } })
}

class SendPrinter {
  readonly #options: ShowSendsOptions
  #shown = 0
  #hidden = 0

  constructor(options: ShowSendsOptions) {
    this.#options = options
  }

  /** Without answered probes and the like, which it counts. */
  choose(sends: readonly RecordedSend[]): readonly RecordedSend[] {
    if (this.#options.showsAll || this.#options.requestId !== undefined) return sends
    const chosen = sends.filter((send) => !isRoutine(send))
    this.#hidden += sends.length - chosen.length
    return chosen
  }

  printHeading(): void {
    process.stdout.write(`${sendHeading}\n`)
  }

  print(sends: readonly RecordedSend[]): void {
    this.#shown += sends.length
    for (const send of sends) process.stdout.write(`${this.#options.asJson ? sendAsJson(send) : tellSend(send)}\n`)
  }

  conclude(): void {
    const { requestId, asJson } = this.#options
    const out = asJson ? process.stderr : process.stdout
    if (requestId !== undefined && this.#shown === 0) out.write('Nothing was sent for this request.\n')
    if (this.#hidden > 0)
      out.write(`${this.#hidden} answered of class control (probes and the like) are not shown: --all shows them.\n`)
  }
}

function isRoutine({ entry, end, state }: RecordedSend): boolean {
  return state === 'ended' && entry.class === 'control' && end?.code === undefined
}
