import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { storeError } from './store-error.ts'

export interface GroupCommitOptions {
  readonly database: DatabaseSync
  /** For messages. */
  readonly path: string
}

interface Waiting {
  /** Does the work within the open transaction; what it gives tells the caller, once that is committed. */
  readonly run: (isAlone: boolean) => () => void
  readonly reject: (error: unknown) => void
}

/** `own`: what one `act` has written, the last that was started; `all`: the whole group. */
export type Undone = 'own' | 'all'

type Word = 'begin' | 'commit' | 'mark' | 'undo' | 'release'

const sentences: Readonly<Record<Word, string>> = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  mark: 'SAVEPOINT one',
  undo: 'ROLLBACK TO one',
  release: 'RELEASE one',
}

/** Writes that arrive in one turn of the event loop share one transaction, and so one wait for the disk. */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  readonly #sentences = new Map<Word, StatementSync>()
  readonly #onStart: (() => void)[] = []
  readonly #onUndone: ((what: Undone) => void)[] = []
  readonly #onCommit = new Set<() => void>()
  #waiting: Waiting[] = []

  constructor(options: GroupCommitOptions) {
    this.#options = options
  }

  /**
   * Runs `act` in a transaction and resolves with what it gave once that is on disk. What `act` throws undoes its own work only. When
   * the disk refuses, the writes of the whole group are undone and rejected. `act` must not wait.
   */
  write<T>(act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (isAlone: boolean) => {
        try {
          for (const listener of this.#onStart) listener()
          const result = isAlone ? act() : this.#orNothing(act)
          return () => resolve(result)
        } catch (thrown) {
          // A full disk has undone the whole transaction already: nothing of the group is left to go on with.
          if (isAlone || !this.#isTaken) throw thrown
          return () => reject(storeError(this.#options.path, thrown))
        }
      }
      this.#waiting.push({ run, reject })
      if (this.#waiting.length === 1) this.#soon()
    })
  }

  /** Calls `listener` before each `act`, within its transaction. */
  onStart(listener: () => void): void {
    this.#onStart.push(listener)
  }

  /** Calls `listener` whenever something that was written is undone: what it remembers of the database may be wrong then. */
  onUndone(listener: (what: Undone) => void): void {
    this.#onUndone.push(listener)
  }

  /** Calls `listener` after each commit; gives back what ends that. Must not throw. */
  onCommit(listener: () => void): () => void {
    this.#onCommit.add(listener)
    return () => void this.#onCommit.delete(listener)
  }

  /** What `act` reads, with what was written before; needs no wait for the disk. Throws `store-failed`. */
  async read<T>(act: () => T): Promise<T> {
    try {
      return act()
    } catch (thrown) {
      throw storeError(this.#options.path, thrown)
    }
  }

  /** Runs what SQLite does not do in a transaction, when none is open. Throws `store-failed`. */
  outside<T>(act: () => T): Promise<T> {
    if (!this.#isTaken) return this.read(act)
    return new Promise((resolve, reject) => {
      setImmediate(() => this.outside(act).then(resolve, reject))
    })
  }

  /** Writes what is waiting, now. */
  flush(): void {
    const group = this.#waiting
    if (group.length === 0) return
    this.#waiting = []
    try {
      this.#say('begin')
      const settled = group.map(({ run }) => run(group.length === 1))
      this.#say('commit')
      for (const settle of settled) settle()
      for (const listener of this.#onCommit) listener()
    } catch (thrown) {
      this.#undo(group.length === 1 ? 'own' : 'all')
      const error = storeError(this.#options.path, thrown)
      for (const { reject } of group) reject(error)
    }
  }

  /** A transaction is open on this connection. None is once it is closed. */
  get #isTaken(): boolean {
    const { database } = this.#options
    return database.isOpen && database.isTransaction
  }

  #soon(): void {
    setImmediate(() => {
      if (this.#waiting.length === 0) return
      // A transaction of somebody else is open on this connection: what is written into it is not on disk before it ends.
      if (this.#isTaken) this.#soon()
      else this.flush()
    })
  }

  #orNothing<T>(act: () => T): T {
    this.#say('mark')
    try {
      const result = act()
      this.#say('release')
      return result
    } catch (thrown) {
      if (this.#isTaken) {
        this.#say('undo')
        this.#say('release')
      }
      this.#tellUndone('own')
      throw thrown
    }
  }

  #undo(what: Undone): void {
    if (this.#isTaken) this.#options.database.exec('ROLLBACK')
    this.#tellUndone(what)
  }

  #tellUndone(what: Undone): void {
    for (const listener of this.#onUndone) listener(what)
  }

  #say(word: Word): void {
    const statement = this.#sentences.get(word) ?? this.#options.database.prepare(sentences[word])
    this.#sentences.set(word, statement)
    statement.run()
  }
}
