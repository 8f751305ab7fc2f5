import { openLedger } from '../../../src/privacy/ledger/open-ledger.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { acknowledge } from '../../../src/testing/faults/acknowledge.ts'

/** `ledger-process.ts FOLDER FIRST` records sends FIRST, FIRST + 1 and so on, several at a time, and acknowledges each that may leave. */
const [, , folder = '', first = '1'] = process.argv
const ledger = await openLedger({
  folder,
  keyPath: `${folder}.pem`,
  clock: systemClock,
  onTrouble(message) {
    throw new Error(message)
  },
  rotateBytes: 20_000,
  checkpointEntries: 40,
})

const atOnce = 5
let key = Number(first)

async function sendOn(): Promise<never> {
  for (;;) {
    const send = key++
    const head = Buffer.from(`POST /${send} HTTP/1.1\r\n\r\n`)
    const of = await ledger.send({
      at: systemClock.now(),
      mono: systemClock.monotonic(),
      to: `https://hub.example:${send}`,
      purpose: 'inference',
      dataClass: 'text',
      head,
      body: Buffer.alloc(100),
    })
    acknowledge(String(send))
    ledger.end({ of, at: systemClock.now(), mono: systemClock.monotonic(), bytes: head.length + 100 })
  }
}

await Promise.all(Array.from({ length: atOnce }, sendOn))
