import { describe, expect, it } from 'vitest'
import { ledgerLines } from '../../../src/cli/ledger/ledger-lines.ts'
import { type RecordedSend, RecordedSends } from '../../../src/cli/ledger/recorded-sends.ts'
import { sendAsJson, sendHeading, tellSend } from '../../../src/cli/ledger/tell-send.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { ledgerRoom, openIn, sendOf, sendWhole } from '../../privacy/ledger/sample-ledger.ts'

async function sendsIn(
  folder: string,
): Promise<{ readonly over: RecordedSend[]; readonly open: readonly RecordedSend[] }> {
  const sends = new RecordedSends()
  const over: RecordedSend[] = []
  for await (const entries of ledgerLines({ folder })) for (const entry of entries) over.push(...sends.take(entry))
  return { over, open: sends.open }
}

describe('the sends of a ledger', () => {
  it('are brought together with their ends; one that a crash left open is interrupted, not under way', async () => {
    using room = ledgerRoom()
    {
      await using ledger = await openIn(room, { rotateBytes: 1500 })
      await sendWhole(ledger, 'whole')
      await ledger.send(sendOf('interrupted'))
      ledger.unsent({
        at: 1,
        mono: 1,
        to: 'https://elsewhere.example',
        purpose: 'probe',
        dataClass: 'control',
        code: 'egress-denied',
      })
    }
    await using ledger = await openIn(room)
    await ledger.send(sendOf('under way'))
    const { over, open } = await sendsIn(room.folder)
    expect(over.map(({ state }) => state)).toEqual(['ended', 'unsent', 'interrupted'])
    expect(open.map(({ state }) => state)).toEqual(['open'])
  })

  it('are told one a line, with what left', async () => {
    using room = ledgerRoom()
    {
      await using ledger = await openIn(room)
      const of = await ledger.send(sendOf('cut', 300_000))
      ledger.end({ of, at: 1, mono: 1, bytes: 262_144, code: 'link-down' })
      ledger.unsent({
        at: 1,
        mono: 1,
        to: 'https://elsewhere.example',
        purpose: 'probe',
        dataClass: 'control',
        code: 'egress-denied',
      })
    }
    const { over } = await sendsIn(room.folder)
    const [cut = '', denied = ''] = over.map(tellSend)
    expect(cut).toMatch(
      /^ +3 {2}2023-11-14 22:13:20 {2}https:\/\/hub\.example:4600 +inference +text +262144 {2}failed \(link-down\)$/,
    )
    expect(denied).toMatch(/ 0 {2}nothing left \(egress-denied\)$/)
    expect(sendHeading.indexOf('outcome')).toBe(cut.indexOf('failed'))
    expect(JSON.parse(sendAsJson(over[0] as RecordedSend))).toMatchObject({
      seq: 3,
      state: 'ended',
      end: { bytes: 262_144 },
    })
  })

  it('are followed as they come, from file to file, until the signal aborts', async () => {
    using room = ledgerRoom()
    await using ledger = await openIn(room, { rotateBytes: 1000 })
    const stop = new AbortController()
    const seen: number[] = []
    const following = (async () => {
      for await (const entries of ledgerLines({
        folder: room.folder,
        follow: { clock: systemClock, signal: stop.signal },
      }))
        seen.push(...entries.filter(({ kind }) => kind === 'send').map(({ seq }) => seq))
    })()
    const sent: number[] = []
    for (let send = 0; send < 8; send += 1) sent.push(await ledger.send(sendOf(`request-${send}`)))
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(sent)
    stop.abort()
    await following
  })
})
