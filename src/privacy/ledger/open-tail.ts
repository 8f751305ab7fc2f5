import { createHash } from 'node:crypto'
import { readFile, rename, truncate } from 'node:fs/promises'
import { EdgewiseError } from '../../spec/errors.ts'
import { lastCheckpoint, ledgerFiles, syncFolder, writeWhole } from './ledger-folder.ts'
import { History } from './verify/history.ts'

/** Where a ledger goes on. */
export interface Tail {
  /** The file to write on in; undefined: the next entry begins one. */
  readonly file?: { readonly path: string; readonly bytes: number }
  /** Absent when there is no entry yet. */
  readonly ledger?: string
  readonly history: History
  readonly signedUpTo: number
  /** What a crash left half written: it was put aside, and the ledger has to say so. */
  readonly cut?: { readonly bytes: number; readonly hash: string }
}

export interface OpenTailOptions {
  readonly folder: string
  /** How much of its last file this process knows to be on disk; absent after a start. */
  readonly durable?: { readonly path: string; readonly bytes: number }
}

/**
 * Reads the last file of a ledger, and cuts off what was not written to its end: it is kept beside it, as `….cut-NUMBER`. Throws `ledger-failed` when
 * that would take away what a checkpoint was signed over: then this is no crash.
 */
export async function openTail({ folder, durable }: OpenTailOptions): Promise<Tail> {
  const note = await lastCheckpoint(folder)
  const files = await ledgerFiles(folder)
  let begun: Tail['cut']
  for (const path of files.toReversed()) {
    const bytes = await readFile(path)
    const read = readChain(bytes.subarray(0, knownBytes(path, durable) ?? bytes.length))
    if (read !== undefined) {
      requireSigned(read, note, folder)
      const cut = bytes.subarray(read.bytes)
      if (cut.length > 0) {
        await writeWhole(`${path}.cut-${read.history.size + 1}`, cut)
        await truncate(path, read.bytes)
      }
      const said = cut.length > 0 ? lost(cut) : begun
      return { ...read, file: { path, bytes: read.bytes }, ...(said && { cut: said }) }
    }
    // The crash came while the file was begun.
    if (bytes.length > 0) begun = lost(bytes)
    await rename(path, `${path}.cut`)
    await syncFolder(folder)
  }
  const history = new History()
  requireSigned({ history, heads: new Map() }, note, folder)
  return { history, signedUpTo: 0, ...(begun && { cut: begun }) }
}

/** Nothing of a file that was begun after the one that is known. */
function knownBytes(path: string, durable: OpenTailOptions['durable']): number | undefined {
  if (durable === undefined || path < durable.path) return undefined
  return path === durable.path ? durable.bytes : 0
}

interface Read extends Tail {
  readonly ledger: string
  readonly bytes: number
  /** The head after each entry of the file. */
  readonly heads: ReadonlyMap<number, Buffer>
}

/** Whatever of a file follows from its first line; undefined when that is not whole. */
function readChain(bytes: Buffer): Read | undefined {
  const heads = new Map<number, Buffer>()
  let begun: { readonly ledger: string; readonly history: History } | undefined
  let signedUpTo = 0
  let start = 0
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const entry = bytes.toString('latin1', start + 44, end)
    begun ??= beginning(entry)
    if (begun === undefined) return undefined
    const next = new History(begun.history)
    next.add(entry)
    if (next.head.toString('base64url') !== bytes.toString('latin1', start, start + 43)) break
    begun = { ledger: begun.ledger, history: next }
    heads.set(next.size, next.head)
    if (entry.includes('"kind":"checkpoint"')) signedUpTo = next.size
    start = end + 1
  }
  return begun === undefined || start === 0 ? undefined : { ...begun, bytes: start, signedUpTo, heads }
}

function beginning(entry: string): { readonly ledger: string; readonly history: History } | undefined {
  try {
    const { seq, prev, frontier, ledger } = JSON.parse(entry) as Readonly<Record<string, unknown>>
    if (!Array.isArray(frontier) || typeof ledger !== 'string') return undefined
    const bytes = (text: unknown) => Buffer.from(String(text), 'base64url')
    return { ledger, history: new History({ size: Number(seq) - 1, head: bytes(prev), frontier: frontier.map(bytes) }) }
  } catch {
    return undefined
  }
}

function requireSigned({ history, heads }: Pick<Read, 'history' | 'heads'>, note: string | undefined, folder: string) {
  if (note === undefined) return
  const [, size = '0', , head = ''] = note.split('\n')
  // Its own entry came after what it vouches for, and was on disk before it was kept.
  if (Number(size) >= history.size) {
    throw damaged(folder, `a checkpoint over ${size} entries was signed, ${history.size} can be read`)
  }
  const known = heads.get(Number(size))
  if (known !== undefined && `head ${known.toString('base64')}` !== head) {
    throw damaged(folder, `entry ${size} is not the one that was signed`)
  }
}

function damaged(folder: string, because: string): EdgewiseError {
  const message = `The ledger in ${folder} was changed or damaged: ${because}. \`edgewise ledger verify\` tells where. Move it away, and keep it: it is evidence; the next start begins a new one.`
  return new EdgewiseError('ledger-failed', message)
}

function lost(bytes: Buffer) {
  return { bytes: bytes.length, hash: createHash('sha256').update(bytes).digest('base64url') }
}
