import { DatabaseSync } from 'node:sqlite'

/**
 * The disk of one machine, as one SQLite database in memory. Every commit is a sync, as with `synchronous=FULL`, so a crash leaves what was committed
 * last. A `lazy` disk keeps only what was there at its last `sync`: the control that must lose something.
 */
export class SimulatedDisk {
  readonly #isLazy: boolean
  #image: Uint8Array
  #open: DatabaseSync | undefined

  constructor(image: Uint8Array, { isLazy = false }: { readonly isLazy?: boolean } = {}) {
    this.#image = image
    this.#isLazy = isLazy
  }

  /** Opens what the disk holds. Only one program has it open at a time. */
  open(): DatabaseSync {
    if (this.#open !== undefined) throw new Error('the disk is in use')
    this.#open = openImage(this.#image)
    return this.#open
  }

  /** What a lazy disk will still have after a crash. */
  sync(): void {
    if (this.#open !== undefined) this.#image = this.#open.serialize()
  }

  /**
   * The machine stops. The open database stays open, for whoever of the dead program still holds it, but nothing written into it comes back: a
   * transaction that was open does not either.
   */
  crash(): void {
    if (this.#open?.isTransaction) this.#open.exec('ROLLBACK')
    if (!this.#isLazy) this.sync()
    this.#open = undefined
  }

  /** A copy of all that is on it. */
  backup(): Uint8Array {
    return this.#open?.serialize() ?? this.#image
  }

  /** Puts a backup back while the machine is off. */
  restore(image: Uint8Array): void {
    if (this.#open !== undefined) throw new Error('the disk is in use')
    this.#image = image
  }
}

function openImage(image: Uint8Array): DatabaseSync {
  const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true })
  // An image taken in WAL mode could not be opened in memory, where there is no such mode; ours never were in it.
  if (image.length > 0) database.deserialize(image)
  return database
}
