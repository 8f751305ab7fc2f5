import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lastCheckpoint, ledgerFiles } from '../../../src/privacy/ledger/ledger-folder.ts'
import { verifyLedger } from '../../../src/privacy/ledger/verify/verify-ledger.ts'
import type { EdgewiseError } from '../../../src/spec/errors.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { mountMissing } from '../../../src/testing/faults/loop-image.ts'
import { mountTinyDisk } from '../../../src/testing/faults/tiny-disk.ts'
import { entriesIn, ledgerRoom, openIn, sendOf, sendWhole } from './sample-ledger.ts'

async function verify(folder: string) {
  const note = await lastCheckpoint(folder)
  return verifyLedger({ files: await ledgerFiles(folder), seen: note === undefined ? [] : [note] })
}

const kinds = async (folder: string) => (await entriesIn(folder)).map(({ kind }) => kind)

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: EdgewiseError) => error.code,
  )
}

describe('a ledger', () => {
  it('has an entry on disk when its number is told, and its end by the time it closes', async () => {
    using room = ledgerRoom()
    const ledger = await openIn(room)
    const entry = await ledger.send(sendOf('request-1'))
    expect(await entriesIn(room.folder)).toContainEqual(
      expect.objectContaining({ seq: entry, kind: 'send', bytes: 58 }),
    )
    ledger.end({ of: entry, at: 1, mono: 1, bytes: 58, status: 200 })
    await ledger[Symbol.asyncDispose]()
    expect(await kinds(room.folder)).toEqual(['file', 'open', 'send', 'end', 'close', 'checkpoint'])
    expect(await verify(room.folder)).toMatchObject({
      fault: undefined,
      sends: 1,
      bytes: 58,
      signedUpTo: 5,
      open: new Map(),
    })
  })

  it('writes what comes at the same time together', async () => {
    using room = ledgerRoom()
    await using ledger = await openIn(room)
    const numbers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => ledger.send(sendOf(`request-${index}`))),
    )
    expect(new Set(numbers).size).toBe(200)
    const bytes = (await entriesIn(room.folder)).filter(({ kind }) => kind === 'send').map(({ seq }) => seq)
    expect(bytes).toEqual(numbers)
  })

  it('tells a send without an end as interrupted, with all its bytes', async () => {
    using room = ledgerRoom()
    {
      await using ledger = await openIn(room)
      await ledger.send(sendOf('request-1', 1000))
    }
    const { fault, bytes, open } = await verify(room.folder)
    expect({ fault, bytes, open }).toEqual({ fault: undefined, bytes: 1038, open: new Map([[3, 1038]]) })
  })

  it('holds neither what was sent nor the id of its request, and hashes the same bytes otherwise each time', async () => {
    using room = ledgerRoom()
    {
      await using ledger = await openIn(room)
      await ledger.send(sendOf('request-of-ada'))
      await ledger.send(sendOf('request-of-ada'))
    }
    const [first, second] = (await entriesIn(room.folder)).filter(({ kind }) => kind === 'send')
    expect(JSON.stringify(first)).not.toMatch(/ada|POST/)
    for (const name of ['request', 'headHash', 'bodyHash']) expect(first?.[name]).not.toBe(second?.[name])
  })

  it('is signed after so many entries, and after a minute with any', async () => {
    using room = ledgerRoom()
    const clock = createFakeClock()
    const ledger = await openIn(room, { clock, checkpointEntries: 5 })
    await ledger.send(sendOf('request-1'))
    expect(await lastCheckpoint(room.folder)).toBeUndefined()
    await clock.advance(60_000)
    await expect.poll(() => lastCheckpoint(room.folder)).toContain('\n3\n')
    for (let send = 2; send < 8; send += 1) await ledger.send(sendOf(`request-${send}`))
    await expect.poll(() => lastCheckpoint(room.folder)).toContain('\n9\n')
    await ledger[Symbol.asyncDispose]()
    expect((await verify(room.folder)).fault).toBeUndefined()
  })

  it('writes the end of a send when nothing else comes, after half a second', async () => {
    using room = ledgerRoom()
    const clock = createFakeClock()
    await using ledger = await openIn(room, { clock })
    await sendWhole(ledger, 'request-1')
    expect(await kinds(room.folder)).not.toContain('end')
    await clock.advance(500)
    await expect.poll(() => kinds(room.folder)).toContain('end')
  })

  it('goes on in further files, and complains once when it is larger than it should be', async () => {
    using room = ledgerRoom()
    const ledger = await openIn(room, { rotateBytes: 2_000, mostBytes: 6_000 })
    for (let send = 0; send < 30; send += 1) await sendWhole(ledger, `request-${send}`)
    await ledger[Symbol.asyncDispose]()
    expect((await ledgerFiles(room.folder)).length).toBeGreaterThan(3)
    expect(ledger.troubles).toEqual([expect.stringContaining('Nothing is deleted')])
    expect(await verify(room.folder)).toMatchObject({ fault: undefined, sends: 30 })
    expect(ledger.stats().bytes).toBe(
      (await ledgerFiles(room.folder)).reduce((sum, path) => sum + statSync(path).size, 0),
    )
  })

  it('takes no send once it is closed', async () => {
    using room = ledgerRoom()
    const ledger = await openIn(room)
    await ledger[Symbol.asyncDispose]()
    expect(await codeOf(ledger.send(sendOf('request-1')))).toBe('ledger-failed')
  })

  it('has one writer', async () => {
    using room = ledgerRoom()
    {
      await using _ = await openIn(room)
      await using second = await openIn(room)
      expect(second.troubles.join()).toContain('Another process writes the ledger')
      expect(await codeOf(second.send(sendOf('request-1')))).toBe('ledger-failed')
    }
    await using third = await openIn(room)
    expect(third.troubles).toEqual([])
  })

  it('and its key are for its owner alone', async () => {
    using room = ledgerRoom()
    await (await openIn(room))[Symbol.asyncDispose]()
    const paths = readdirSync(room.folder).map((name) => join(room.folder, name))
    for (const path of [...paths.filter((name) => !name.endsWith('lock')), room.keyPath])
      expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
    expect((statSync(room.folder).mode & 0o777).toString(8)).toBe('700')
  })
})

describe('what a crash left half written', () => {
  async function crashed(room: ReturnType<typeof ledgerRoom>, spoil: (path: string) => void) {
    {
      await using ledger = await openIn(room, { checkpointEntries: 4 })
      for (let send = 0; send < 5; send += 1) await ledger.send(sendOf(`request-${send}`))
    }
    spoil((await ledgerFiles(room.folder)).at(-1) ?? '')
    await using again = await openIn(room, { checkpointEntries: 4 })
    await again.send(sendOf('after'))
    return again
  }

  it('is cut off, kept aside and told', async () => {
    using room = ledgerRoom()
    await crashed(room, (path) => appendFileSync(path, 'half an entr'))
    expect((await entriesIn(room.folder)).find(({ kind }) => kind === 'cut')).toMatchObject({ bytes: 12 })
    const aside = readdirSync(room.folder).filter((name) => name.includes('.cut-'))
    expect(aside.map((name) => readFileSync(join(room.folder, name), 'utf8'))).toEqual(['half an entr'])
    expect(await verify(room.folder)).toMatchObject({ fault: undefined, sends: 6 })
  })

  it('is cut off when it is a file that was just begun', async () => {
    using room = ledgerRoom()
    await crashed(room, () => writeFileSync(join(room.folder, '000000000099.ledger'), 'x'))
    expect(await kinds(room.folder)).toContain('cut')
    expect(await verify(room.folder)).toMatchObject({ fault: undefined, sends: 6 })
  })

  it('is no crash when something is missing that was signed: then nothing leaves', async () => {
    using room = ledgerRoom()
    const again = await openAfter(room, (path) => truncateSync(path, statSync(path).size - 1200))
    expect(again.troubles.join()).toContain('a checkpoint over')
    expect(again.code).toBe('ledger-failed')
  })

  it('is no crash when the ledger is gone and its checkpoint is not', async () => {
    using room = ledgerRoom()
    const again = await openAfter(room, (path) => rmSync(path))
    expect(again.troubles.join()).toContain('was changed or damaged')
    expect(again.code).toBe('ledger-failed')
  })

  async function openAfter(room: ReturnType<typeof ledgerRoom>, spoil: (path: string) => void) {
    {
      await using ledger = await openIn(room)
      for (let send = 0; send < 5; send += 1) await ledger.send(sendOf(`request-${send}`))
    }
    spoil((await ledgerFiles(room.folder)).at(-1) ?? '')
    await using again = await openIn(room)
    return { troubles: again.troubles, code: await codeOf(again.send(sendOf('after'))) }
  }
})

const noMount = mountMissing()

describe('a full disk', () => {
  it('lets nothing leave, loses nothing, and is taken up again when there is space', async ({ skip }) => {
    skip(noMount !== undefined, noMount)
    using room = ledgerRoom()
    await using disk = await mountTinyDisk({ folder: join(room.root, 'tiny'), kilobytes: 256 })
    const where = { folder: join(disk.folder, 'ledger'), keyPath: room.keyPath }
    const ballast = join(disk.folder, 'ballast')
    await writeFile(ballast, new Uint8Array(100_000))
    const clock = createFakeClock()
    const ledger = await openIn(where, { clock })
    const known: number[] = []
    let code: string | undefined
    for (let send = 0; send < 2000 && code === undefined; send += 1)
      code = await codeOf(sendWhole(ledger, `request-${send}`).then((entry) => known.push(entry)))
    expect(code).toBe('ledger-failed')
    expect(ledger.stats().failure).toContain('ENOSPC')
    expect(ledger.troubles).toHaveLength(1)
    // Still full a second later.
    await clock.advance(1000)
    expect(await codeOf(ledger.send(sendOf('too early')))).toBe('ledger-failed')
    await rm(ballast)
    await clock.advance(1000)
    known.push(await sendWhole(ledger, 'with space again'))
    await ledger[Symbol.asyncDispose]()
    const found = new Set((await entriesIn(where.folder)).map(({ seq, kind }) => `${kind} ${seq}`))
    expect(known.filter((entry) => !found.has(`send ${entry}`))).toEqual([])
    expect(await verify(where.folder)).toMatchObject({ fault: undefined, sends: known.length })
  })
})
