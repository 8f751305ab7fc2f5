import { EdgewiseError } from '../spec/errors.ts'

/** Primary result codes of https://sqlite.org/rescode.html, with what a person can do. */
const explanations: ReadonlyMap<number, string> = new Map([
  [3, 'may not be accessed. Check its owner and permissions (the folder needs 0700, the files 0600)'],
  [5, 'is locked by another process. Stop that process, then start again'],
  [6, 'is locked by another process. Stop that process, then start again'],
  [8, 'is read-only. Check its owner, its permissions and how its disk is mounted'],
  [10, 'cannot be read or written: the disk reports an error. Check the disk'],
  [11, 'is damaged. Move it away and start again: Edgewise makes a new one (joined edges and keys in it are lost)'],
  [13, 'cannot grow: the disk is full. Free some space'],
  [14, 'cannot be opened. Check that its folder exists and may be written to'],
  [
    26,
    'is not a database. It is damaged or belongs to another program: move it away and start again, or choose another state folder',
  ],
])

/** What SQLite or the file system said about the store at `path`, as `store-failed` (`storage-full` for a full disk) with what to do next. */
export function storeError(path: string, thrown: unknown): EdgewiseError {
  if (thrown instanceof EdgewiseError) return thrown
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  const message = `The store ${path} ${explain(thrown)} (${detail}).`
  if (isFull(thrown)) return new EdgewiseError('storage-full', message, { cause: thrown, retryAfterSeconds: 30 })
  return new EdgewiseError('store-failed', message, { cause: thrown })
}

/** The primary result code of SQLite that is behind an error; undefined when it is none of SQLite's. */
export function resultCode(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  if ('errcode' in thrown && typeof thrown.errcode === 'number') return thrown.errcode & 0xff
  return thrown instanceof EdgewiseError ? resultCode(thrown.cause) : undefined
}

const full = 13
/** SQLITE_READONLY_DBMOVED: there is another file under this name by now. */
const moved = 1032

function isFull(thrown: unknown): boolean {
  if (resultCode(thrown) === full) return true
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'ENOSPC'
}

function explain(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null) {
    if ('errcode' in thrown && typeof thrown.errcode === 'number') {
      if (thrown.errcode === moved) return 'was replaced or moved while it was open. Start again'
      const explanation = explanations.get(thrown.errcode & 0xff)
      if (explanation !== undefined) return explanation
    }
    if ('code' in thrown && (thrown.code === 'EACCES' || thrown.code === 'EPERM')) return explanations.get(3) ?? ''
    if ('code' in thrown && thrown.code === 'EROFS') return explanations.get(8) ?? ''
    if ('code' in thrown && thrown.code === 'ENOSPC') return explanations.get(13) ?? ''
  }
  return 'failed'
}
