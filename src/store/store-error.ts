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

/** What SQLite or the file system said about the store at `path`, as `store-failed` with what to do next. */
export function storeError(path: string, thrown: unknown): EdgewiseError {
  if (thrown instanceof EdgewiseError) return thrown
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  return new EdgewiseError('store-failed', `The store ${path} ${explain(thrown)} (${detail}).`, { cause: thrown })
}

function explain(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null) {
    if ('errcode' in thrown && typeof thrown.errcode === 'number') {
      const explanation = explanations.get(thrown.errcode & 0xff)
      if (explanation !== undefined) return explanation
    }
    if ('code' in thrown && (thrown.code === 'EACCES' || thrown.code === 'EPERM')) return explanations.get(3) ?? ''
    if ('code' in thrown && thrown.code === 'EROFS') return explanations.get(8) ?? ''
    if ('code' in thrown && thrown.code === 'ENOSPC') return explanations.get(13) ?? ''
  }
  return 'failed'
}
