import type { KeyObject } from 'node:crypto'
import { canonical } from './canonical.ts'
import { publicKeyOf, readCheckpoint } from './checkpoint.ts'
import { History } from './history.ts'
import { type Line, linesOf } from './lines.ts'

/** `entry` is the first that cannot be trusted; `at` its file and line, absent for what is missing. */
export interface Fault {
  readonly kind: 'edited' | 'deleted' | 'truncated' | 'reordered' | 'forked' | 'signature' | 'form'
  readonly entry: number
  readonly because: string
  readonly at?: string
}

export interface VerifyOptions {
  /** In the order of their entries. */
  readonly files: readonly string[]
  /** Absent: the key that the ledger names, which proves nothing against somebody who wrote all of it anew. */
  readonly key?: KeyObject
  /** Checkpoints known from elsewhere, as signed notes: the ledger must hold the same history. */
  readonly seen?: readonly string[]
  /** First entry, when earlier ones are kept elsewhere: what came before them is taken on the word of the checkpoints. Default 1. */
  readonly from?: number
}

type Entry = Readonly<Record<string, unknown>>
type Wrong = readonly [kind: Fault['kind'], because: string]

/** Reads a ledger line by line, up to the first entry that is not as it was written. Throws only when a file cannot be read. */
export function verifyLedger(options: VerifyOptions): Reading {
  const reading = new Reading(options)
  for (const line of linesOf(options.files)) {
    const exported = line.number === 1 && line.text.startsWith(exportMark) && line.text.slice(exportMark.length)
    if (exported !== false) reading.notes.push(Buffer.from(exported, 'base64').toString())
    else if (reading.take(line) !== undefined) return reading
  }
  return reading.end()
}

/** What the first line of an exported ledger begins with; a checkpoint follows, as base64. */
export const exportMark = 'edgewise-ledger-export/1 '

/** What was read, and what is wrong with it if anything is. */
export class Reading {
  fault: Fault | undefined
  ledger = ''
  key: KeyObject | undefined
  first = 0
  last = 0
  history: History
  /** Entries up to here stand under a good signature, later ones only in the chain. */
  signedUpTo = 0
  sends = 0
  /** Bytes on the wire; of a send without an end the most that can have left. */
  bytes = 0
  /** Announced bytes of sends whose end is not recorded: interrupted, or still under way. */
  readonly open = new Map<number, number>()
  /** Checkpoints that its history must fit. */
  readonly notes: string[]
  readonly #files: readonly string[]
  readonly #seen = new Map<number, { readonly head: Buffer }>()

  constructor(options: VerifyOptions) {
    this.#files = options.files
    this.notes = [...(options.seen ?? [])]
    this.key = options.key
    this.history = new History({ size: (options.from ?? 1) - 1 })
  }

  take(line: Line): Fault | undefined {
    const seq = this.history.size + 1
    const wrong = this.#read(line, seq)
    if (wrong === undefined) this.last = seq
    else this.fault = { kind: wrong[0], entry: seq, because: wrong[1], at: `${line.file}:${line.number}` }
    return this.fault
  }

  end(): this {
    const missing = [...this.#seen.keys()].find((size) => size >= this.history.size)
    const because = `a checkpoint over ${missing} entries was signed and recorded, only ${this.history.size} are here`
    if (missing !== undefined) this.fault = { kind: 'truncated', entry: this.history.size + 1, because }
    else if (this.first === 0) this.fault = { kind: 'truncated', entry: 1, because: 'there is no entry at all' }
    return this
  }

  #read(line: Line, seq: number): Wrong | undefined {
    if (!line.isWhole) return ['truncated', 'the line breaks off; after a crash the next start cuts it off and says so']
    const entry = parsed(line.text)
    if (entry === undefined) return ['edited', 'it has not the form of an entry']
    const unbegun = this.first === 0 ? this.#begin(entry, seq) : undefined
    if (unbegun !== undefined) return unbegun
    if (entry.seq !== seq) return this.#misplaced(line, entry.seq, seq)
    const signed = entry.kind === 'checkpoint' ? this.#signature(String(entry.note), seq - 1) : undefined
    const before = this.history.head.toString('base64url')
    this.history.add(line.text.slice(44))
    if (this.history.head.toString('base64url') !== line.text.slice(0, 43))
      return ['edited', `it does not follow from what stands before it: it or entry ${seq - 1} was edited`]
    if (this.first === 0) this.first = seq
    if (this.#seen.get(seq)?.head.equals(this.history.head) === false)
      return ['forked', `another history was signed up to here: entries ${this.signedUpTo + 1} to ${seq} differ`]
    return signed ?? this.#meaning(entry, seq, before)
  }

  #begin({ kind, key, ledger, prev, frontier, seq }: Entry, expected: number): Wrong | undefined {
    if (kind !== 'file' || typeof key !== 'string' || key.length !== 43 || !Array.isArray(frontier))
      return ['deleted', `the first line is entry ${String(seq)}, which begins no file`]
    if (seq !== expected) return ['deleted', `entries ${expected} to ${Number(seq) - 1} are not here`]
    const bytes = (text: unknown) => Buffer.from(String(text), 'base64url')
    const before = { size: expected - 1, head: bytes(prev), frontier: frontier.map(bytes) }
    if (expected > 1) this.history = new History(before)
    this.ledger = String(ledger)
    this.key ??= publicKeyOf(bytes(key))
    for (const note of this.notes) {
      const seen = readCheckpoint(note, this.key)
      if ('because' in seen) return ['signature', `the checkpoint to compare with does not count: ${seen.because}`]
      if (seen.origin !== this.ledger) return ['forked', `the checkpoint to compare with is of ${seen.origin}`]
      if (seen.size >= expected) this.#seen.set(seen.size, seen)
    }
    return undefined
  }

  #misplaced(line: Line, found: unknown, seq: number): Wrong {
    if (Number(found) < seq)
      return [line.number === 1 ? 'forked' : 'reordered', `entry ${String(found)} comes a second time`]
    for (const { text } of linesOf(this.#files))
      if (parsed(text)?.seq === seq) return ['reordered', `entry ${String(found)} stands here, and ${seq} comes later`]
    return ['deleted', `entries ${seq} to ${Number(found) - 1} are not here`]
  }

  #signature(note: string, size: number): Wrong | undefined {
    const found = this.key === undefined ? { because: 'there is no key' } : readCheckpoint(note, this.key)
    if ('because' in found) return ['signature', `its checkpoint does not count: ${found.because}`]
    if (found.origin !== this.ledger || found.size !== size) return ['form', 'its checkpoint is of another place']
    if (!found.head.equals(this.history.head) || !found.root.equals(this.history.root))
      return ['edited', `another history was signed: entries ${this.signedUpTo + 1} to ${size} were written anew`]
    this.signedUpTo = size
    return undefined
  }

  #meaning(entry: Entry, seq: number, before: string): Wrong | undefined {
    const [bytes, of] = [Number(entry.bytes), Number(entry.of)]
    const announced = this.open.get(of)
    if (entry.kind === 'send') {
      this.sends += 1
      this.bytes += bytes
      this.open.set(seq, bytes)
    } else if (entry.kind === 'end' && announced !== undefined) {
      this.bytes += bytes - announced
      this.open.delete(of)
      if (bytes > announced) return ['form', `${bytes} bytes left, ${announced} were announced`]
    } else if (entry.kind === 'end' && of >= this.first) return ['form', `it ends entry ${of}, which is no open send`]
    else if (entry.kind === 'file' && (entry.ledger !== this.ledger || entry.prev !== before))
      return ['forked', 'its file does not continue the one before']
    return undefined
  }
}

function parsed(text: string): Entry | undefined {
  try {
    const json = text.slice(44)
    const entry: unknown = JSON.parse(json)
    return text[43] === ' ' && canonical(entry) === json ? (entry as Entry) : undefined
  } catch {
    return undefined
  }
}
