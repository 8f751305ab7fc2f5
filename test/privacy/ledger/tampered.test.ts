import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { lastCheckpoint, ledgerFiles } from '../../../src/privacy/ledger/ledger-folder.ts'
import { verifyLedger } from '../../../src/privacy/ledger/verify/verify-ledger.ts'
import { entryOf, type Files, lineFollowing, rechained } from './forger.ts'
import { ledgerRoom, openIn, sendWhole } from './sample-ledger.ts'

const room = ledgerRoom()
const random = createSeededRandom(2026)
const below = (end: number) => Math.floor(random() * end)
const stranger = generateKeyPairSync('ed25519').privateKey
const small = { rotateBytes: 6_000, checkpointEntries: 10 }

let names: readonly string[] = []
let original: Files = []
let other: Files = []
let seen: readonly string[] = []
let key: KeyObject
let written = 0

/** Two ledgers of one machine that have their first half in common. */
beforeAll(async () => {
  const fork = { folder: join(room.root, 'fork'), keyPath: room.keyPath }
  {
    await using ledger = await openIn(room, small)
    for (let send = 0; send < 12; send += 1) await sendWhole(ledger, `request-${send}`)
  }
  cpSync(room.folder, fork.folder, { recursive: true })
  for (const where of [room, fork]) {
    await using ledger = await openIn(where, small)
    for (let send = 0; send < 20; send += 1) await sendWhole(ledger, `${basename(where.folder)}-${send}`)
  }
  original = await linesIn(room.folder)
  other = await linesIn(fork.folder)
  names = (await ledgerFiles(room.folder)).map((path) => basename(path))
  const [note = ''] = [await lastCheckpoint(room.folder)]
  seen = [note]
  key = createPublicKey(readFileSync(room.keyPath, 'utf8'))
})
afterAll(() => room[Symbol.dispose]())

async function linesIn(folder: string): Promise<Files> {
  return (await ledgerFiles(folder)).map((path) => readFileSync(path, 'latin1').split('\n').slice(0, -1))
}

/** What the verifier says of these files, which it reads from a disk like any others. */
function verify(files: Files, options: { readonly seen?: readonly string[]; readonly torn?: number } = {}) {
  const folder = join(room.root, 'tampered')
  mkdirSync(folder, { recursive: true })
  const paths = files.flatMap((lines, index) => {
    if (lines.length === 0) return []
    // Written anew, a file of the same name would be flushed to the disk each time.
    const path = join(folder, `${written++}`)
    const text = lines.map((line) => `${line}\n`).join('')
    const isTorn = options.torn !== undefined && index === files.length - 1
    writeFileSync(path, isTorn ? text.slice(0, -(options.torn ?? 0)) : text, 'latin1')
    return [path]
  })
  return verifyLedger({ files: paths, key, ...(options.seen === undefined ? {} : { seen: options.seen }) }).fault
}

const flat = () => original.flat()
/** The same lines in the files in which they began. */
function refiled(lines: readonly string[]): Files {
  const files: string[][] = []
  for (const line of lines) {
    if (line.includes('"kind":"file"') || files.length === 0) files.push([])
    files.at(-1)?.push(line)
  }
  return files
}
const parsed = (files: Files) => files.map((lines) => lines.map(entryOf))

/** Another digit in the place of one in an entry. */
function edited(line: string): string {
  const digits = [...line.matchAll(/[0-9]/g)].map(({ index }) => index).filter((index) => index > 44)
  const at = digits[below(digits.length)] ?? 0
  return `${line.slice(0, at)}${(Number(line[at]) + 1 + below(9)) % 10}${line.slice(at + 1)}`
}

/** An entry that still reads well, with other bytes. */
function rewritten(line: string): object {
  const entry = entryOf(line)
  return { ...entry, at: Number(entry.at) + 1 + below(1000) }
}

/** Each gives a tampered ledger. */
const tampers: Readonly<Record<string, () => Parameters<typeof verify>>> = {
  'a digit changed': () => {
    const at = below(flat().length)
    return [refiled(flat().map((line, index) => (index === at ? edited(line) : line)))]
  },
  'an entry edited, with its own hash': () => {
    const at = 1 + below(flat().length - 2)
    return [
      refiled(
        flat().map((line, index) => (index === at ? lineFollowing(flat()[at - 1] ?? '', rewritten(line)) : line)),
      ),
    ]
  },
  'an entry edited and all after it chained anew': () => {
    const at = below(flat().length - 1)
    const lines = flat().map((line, index) =>
      index === at ? `${line.slice(0, 44)}${JSON.stringify(rewritten(line))}` : line,
    )
    return [rechained(parsed(refiled(lines)))]
  },
  'all of it written anew and signed by another key': () => [rechained(parsed(original), stranger)],
  'one checkpoint signed by another key': () => {
    const places = flat().flatMap((line, index) => (line.includes('"kind":"checkpoint"') ? [index] : []))
    const at = places[below(places.length)] ?? 0
    const forged = rechained(parsed(original), stranger).flat()[at] ?? ''
    const lines = [...flat()]
    lines[at] = lineFollowing(lines[at - 1] ?? '', entryOf(forged))
    return [rechained(parsed(refiled(lines)))]
  },
  'entries deleted': () => {
    const at = below(flat().length - 4)
    return [refiled(flat().toSpliced(at, 1 + below(4)))]
  },
  'entries deleted and the rest numbered and chained anew': () => {
    const at = 1 + below(flat().length - 4)
    return [rechained(parsed(refiled(flat().toSpliced(at, 1))))]
  },
  'a file deleted': () => [original.toSpliced(below(original.length), 1, []), { seen }],
  'two entries swapped': () => {
    const at = below(flat().length - 1)
    const lines = flat()
    return [refiled(lines.toSpliced(at, 2, lines[at + 1] ?? '', lines[at] ?? ''))]
  },
  'an entry repeated': () => {
    const at = below(flat().length)
    return [refiled(flat().toSpliced(at, 0, flat()[at] ?? ''))]
  },
  'the end cut off between two entries': () => [refiled(flat().slice(0, below(flat().length))), { seen }],
  'the end cut off inside an entry': () => [
    refiled(flat().slice(0, 1 + below(flat().length - 1))),
    { torn: 2 + below(40) },
  ],
  'another history of the same machine': () => [other, { seen }],
  'the beginning of one history before the end of another': () => {
    const at = 40 + below(30)
    return [refiled([...flat().slice(0, at), ...other.flat().slice(at)])]
  },
  'entries added behind the last checkpoint of a ledger that was cut there': () => {
    const at = flat().findLastIndex((line, index) => line.includes('"kind":"checkpoint"') && index < flat().length - 1)
    const kept = flat().slice(0, at + 1)
    const seq = kept.length + 1
    return [refiled([...kept, lineFollowing(kept.at(-1) ?? '', { kind: 'open', seq, at: 1, mono: 1 })]), { seen }]
  },
}

describe('a ledger', () => {
  it('that nobody touched is good', () => {
    expect(verify(original, { seen })).toBeUndefined()
    expect(verify(other)).toBeUndefined()
    expect(original.length).toBeGreaterThan(3)
  })

  it('that was tampered with is found out, 1,000 of 1,000 times', () => {
    const ways = Object.entries(tampers)
    const missed: string[] = []
    for (let round = 0; round < 1000; round += 1) {
      const [name, tamper] = ways[round % ways.length] ?? ['', () => [original] as const]
      if (verify(...tamper()) === undefined) missed.push(name)
    }
    expect(missed).toEqual([])
  })

  it.each([
    ['edited', 5, (lines: readonly string[]) => lines.with(4, lines[4]?.replace('"at":1', '"at":2') ?? '')],
    ['deleted', 7, (lines: readonly string[]) => lines.toSpliced(6, 2)],
    ['reordered', 7, (lines: readonly string[]) => lines.toSpliced(6, 2, lines[7] ?? '', lines[6] ?? '')],
    ['truncated', 1, () => []],
  ] as const)('tells that it was %s, from which entry on', (kind, entry, change) => {
    expect(verify(refiled(change(flat())), { seen })).toMatchObject({ kind, entry })
  })

  it('tells what is missing at its end by a checkpoint that is known', () => {
    const cut = flat().length - 6
    expect(verify(refiled(flat().slice(0, cut)), { seen })).toMatchObject({ kind: 'truncated', entry: cut + 1 })
    // Without one nobody can tell: this is what witnesses are for.
    expect(verify(refiled(flat().slice(0, cut)))).toBeUndefined()
  })

  it('of another history is told from the one that was signed before', () => {
    expect(verify(other, { seen })).toMatchObject({ kind: 'forked' })
  })

  it('names the first checkpoint that does not fit what was chained anew', () => {
    const lines = flat().map((line, index) =>
      index === 4 ? `${line.slice(0, 44)}${JSON.stringify(rewritten(line))}` : line,
    )
    expect(verify(rechained(parsed(refiled(lines))))).toMatchObject({
      kind: 'edited',
      because: expect.stringContaining('entries 1 to'),
    })
  })

  it('whose first files were put elsewhere is good from there on, by the word of its checkpoints', () => {
    const [, ...rest] = original
    const from = entryOf(rest[0]?.[0] ?? '').seq
    const paths = names.slice(1).map((name) => join(room.folder, name))
    expect(verifyLedger({ files: paths, key, from, seen }).fault).toBeUndefined()
    expect(verifyLedger({ files: paths, key, seen }).fault).toMatchObject({ kind: 'deleted', entry: 1 })
  })
})
