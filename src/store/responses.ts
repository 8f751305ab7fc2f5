import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { EdgewiseError } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'
import { DelayedWrite } from './delayed-write.ts'
import type { ResponseLog, StoredResponse } from './store.ts'
import { storeError } from './store-error.ts'

const flushRows = 64
const tidyEveryMs = 3_600_000
const dayMs = 86_400_000
/** Characters that one statement writes, or one row where it alone has more. */
const groupCharacters = 16_777_216

/** How long and how much is kept of responses. */
export interface ResponseLimits {
  /** A response is forgotten this long after it was made or last continued. */
  readonly keepDays: number
  /** Bytes kept of all responses together; of the key that has the most, the longest unused go first. One over an eighth of it is not kept. */
  readonly keepBytes: number
}

export interface ResponseLogOptions {
  readonly database: DatabaseSync
  readonly path: string
  readonly clock: Clock
  /** Tells the moment, milliseconds since 1970. */
  readonly time: { now(): number }
  /** Absent: nothing is forgotten. */
  readonly limits: ResponseLimits | undefined
  /** Hears of responses that could not be written. */
  readonly onError: (error: EdgewiseError) => void
}

/** Responses in SQLite, written in groups so that an answer never waits for the disk. */
export class SqliteResponses implements ResponseLog {
  readonly #options: ResponseLogOptions
  readonly #insert: StatementSync
  readonly #select: StatementSync
  readonly #waiting = new Map<string, StoredResponse>()
  readonly #later: DelayedWrite
  readonly #limits: ResponseLimits
  #tidiedAt = Number.NEGATIVE_INFINITY
  #bytes = 0

  constructor(options: ResponseLogOptions) {
    this.#options = options
    this.#limits = options.limits ?? { keepDays: Number.POSITIVE_INFINITY, keepBytes: Number.POSITIVE_INFINITY }
    this.#later = new DelayedWrite({ clock: options.clock, write: () => this.#write() })
    const { database } = options
    // What is deleted here is somebody's words: its pages are overwritten.
    database.exec('PRAGMA secure_delete = ON')
    // One statement is one transaction, and needs no other that could be open at the same time.
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO responses (id, key_id, conversation, previous_id, used_at, bytes, body, input)
       SELECT value ->> 'id', value ->> 'keyId', value ->> 'conversation', value ->> 'previousId', ?, value ->> 'bytes',
         value ->> 'body', value ->> 'input' FROM json_each(?)`,
    )
    this.#select = database.prepare('SELECT * FROM responses WHERE id = ? AND key_id = ? AND used_at >= ?')
    if (options.limits !== undefined) this.#tidy()
  }

  save(response: StoredResponse): void {
    this.#waiting.set(response.id, response)
    if (this.#waiting.size >= flushRows) this.#write()
    else this.#later.soon()
  }

  /** For `Store.transaction`: writes at once, into the transaction that is open. */
  readonly writes = {
    save: (response: StoredResponse): void => {
      const row = this.#rowOf(response)
      if (row === undefined)
        throw new EdgewiseError(
          'body-too-large',
          `The response ${response.id} is too large to keep (edge.responses.keepMiB).`,
        )
      this.#waiting.delete(response.id)
      this.#insert.run(this.#options.time.now(), `[${row.text}]`)
      this.#bytes += row.bytes
    },
  }

  async find(id: string, keyId: string): Promise<StoredResponse | undefined> {
    const waiting = this.#waiting.get(id)
    if (waiting !== undefined) return waiting.keyId === keyId ? waiting : undefined
    return this.#explained(() => {
      const row = this.#select.get(id, keyId, this.#oldest())
      return row === undefined ? undefined : stored(row)
    })
  }

  async use(ids: readonly string[]): Promise<void> {
    this.#write()
    this.#explained(() => {
      const { database, time } = this.#options
      database
        .prepare('UPDATE responses SET used_at = ? WHERE id IN (SELECT value FROM json_each(?))')
        .run(time.now(), JSON.stringify(ids))
    })
  }

  async remove(id: string, keyId: string): Promise<boolean> {
    this.#write()
    return this.#explained(() => {
      const { database } = this.#options
      const { changes } = database.prepare('DELETE FROM responses WHERE id = ? AND key_id = ?').run(id, keyId)
      return Number(changes) > 0
    })
  }

  async flush(): Promise<void> {
    const error = this.#write()
    if (error !== undefined) throw error
  }

  /** Writes what is waiting and ends the timer. */
  close(): void {
    this.#later.close()
    this.#write()
  }

  #oldest(): number {
    return this.#options.time.now() - this.#limits.keepDays * dayMs
  }

  /** What the disk refuses is told and given up: an answer that was given cannot be taken back. */
  #write(): EdgewiseError | undefined {
    if (this.#waiting.size === 0) return undefined
    const responses = [...this.#waiting.values()]
    this.#waiting.clear()
    let error: EdgewiseError | undefined
    let group: string[] = []
    let characters = 0
    let bytes = 0
    for (const response of responses) {
      const row = this.#rowOf(response)
      if (row === undefined) continue
      if (characters > 0 && characters + row.text.length > groupCharacters) {
        error = this.#insertRows(group, bytes) ?? error
        group = []
        characters = 0
        bytes = 0
      }
      group.push(row.text)
      characters += row.text.length
      bytes += row.bytes
    }
    if (group.length > 0) error = this.#insertRows(group, bytes) ?? error
    return error
  }

  #insertRows(rows: readonly string[], bytes: number): EdgewiseError | undefined {
    const { path, time } = this.#options
    try {
      this.#insert.run(time.now(), `[${rows.join(',')}]`)
      this.#bytes += bytes
      this.#tidyWhenDue()
      return undefined
    } catch (thrown) {
      return this.#told(storeError(path, thrown))
    }
  }

  /** One that cannot be kept takes nothing else with it. */
  #rowOf({ body, input, ...rest }: StoredResponse): { readonly text: string; readonly bytes: number } | undefined {
    try {
      const texts = { body: JSON.stringify(body), input: JSON.stringify(input) }
      const bytes = Buffer.byteLength(texts.body) + Buffer.byteLength(texts.input)
      const most = Math.floor(this.#limits.keepBytes / 8)
      if (bytes <= most) return { text: JSON.stringify({ ...rest, ...texts, bytes }), bytes }
      const message = `The response ${rest.id} is answered but not kept: it takes ${bytes} bytes, and one may take ${most}, an eighth of edge.responses.keepMiB.`
      this.#told(new EdgewiseError('store-failed', message))
    } catch (thrown) {
      const detail = thrown instanceof Error ? thrown.message : String(thrown)
      const message = `The response ${rest.id} is answered but not kept: it cannot be written as JSON (${detail}).`
      this.#told(new EdgewiseError('store-failed', message, { cause: thrown }))
    }
    return undefined
  }

  /** Whoever is told has no say in what follows. */
  #told(error: EdgewiseError): EdgewiseError {
    try {
      this.#options.onError(error)
    } catch {
      // There is nobody else to tell.
    }
    return error
  }

  /** After a commit with `writes` in it: what was saved counts too. Tells of what fails. */
  committed(): void {
    if (this.#bytes <= this.#limits.keepBytes) return
    try {
      this.#tidy()
    } catch (thrown) {
      this.#told(storeError(this.#options.path, thrown))
    }
  }

  /** Forgets what is over its time or too much; for housekeeping, within an open transaction. */
  readonly forget = (limit: number): number => {
    if (this.#options.limits === undefined) return 0
    const { database } = this.#options
    const aged = database
      .prepare('DELETE FROM responses WHERE sequence IN (SELECT sequence FROM responses WHERE used_at < ? LIMIT ?)')
      .run(this.#oldest(), limit)
    return aged.changes === limit ? limit : Number(aged.changes) + this.#tidy()
  }

  #tidyWhenDue(): void {
    if (this.#options.limits === undefined) return
    const isOld = this.#options.clock.monotonic() - this.#tidiedAt > tidyEveryMs
    if (isOld || this.#bytes > this.#limits.keepBytes) this.#tidy()
  }

  /** The key that keeps the most gives first: rows count in the order of what their key has up to them. */
  #tidy(): number {
    const { database, clock } = this.#options
    this.#tidiedAt = clock.monotonic()
    database.prepare('DELETE FROM responses WHERE used_at < ?').run(this.#oldest())
    const { changes } = database
      .prepare(
        `DELETE FROM responses WHERE sequence IN (SELECT sequence FROM
          (SELECT sequence, sum(bytes) OVER (ORDER BY own, sequence DESC) AS total FROM
            (SELECT sequence, bytes, sum(bytes) OVER (PARTITION BY key_id ORDER BY used_at DESC, sequence DESC) AS own
              FROM responses)) WHERE total > ?)`,
      )
      .run(this.#limits.keepBytes)
    const row = database.prepare('SELECT coalesce(sum(bytes), 0) AS total FROM responses').get()
    this.#bytes = Number(row?.total)
    return Number(changes)
  }

  #explained<T>(call: () => T): T {
    try {
      return call()
    } catch (thrown) {
      throw storeError(this.#options.path, thrown)
    }
  }
}

/** Only this file writes the columns, and always from a StoredResponse. */
function stored(row: Record<string, unknown>): StoredResponse {
  return {
    id: String(row.id),
    keyId: String(row.key_id),
    conversation: String(row.conversation),
    previousId: row.previous_id === null ? undefined : String(row.previous_id),
    body: JSON.parse(String(row.body)),
    input: JSON.parse(String(row.input)),
  }
}
