import type { Entity } from '../recognizers/recognizer.ts'
import { KnownValues } from './known-values.ts'
import { Persons } from './persons.ts'
import { type FoundToken, type Label, labels, tokenOf, tokensIn } from './token.ts'

const entityOf: ReadonlyMap<string | undefined, Entity> = new Map(
  Object.entries(labels).map(([entity, label]) => [label, entity as Entity]),
)

/** What a book holds, to keep it: value and token, in the order in which they were given. */
export type BookEntries = readonly (readonly [value: string, token: string])[]

/** Pseudonyms that one conversation may have; one with more is no conversation but a data set. */
export const mostPseudonyms = 20_000

/** A book that has no room for another value. */
export class FullBookError extends RangeError {
  override readonly name = 'FullBookError'

  constructor() {
    super(
      `it holds more than ${mostPseudonyms.toLocaleString('en')} different values: split it into several conversations`,
    )
  }
}

/** The pseudonyms of one conversation: the same value always has the same token, and no token stands for two values. */
export class PseudonymBook {
  readonly #tokens = new Map<string, string>()
  readonly #values = new Map<string, string>()
  readonly #lastNumbers = new Map<Label, number>()
  readonly #persons = new Persons(labels.PERSON)
  readonly known = new KnownValues()

  constructor(entries: BookEntries = []) {
    for (const [value, token] of entries) this.#enter(value, token)
  }

  get size(): number {
    return this.#tokens.size
  }

  get entries(): BookEntries {
    return [...this.#tokens]
  }

  /** The value that a token of this conversation stands for. */
  valueOf(token: string): string | undefined {
    return this.#values.get(token)
  }

  /** The book as it was when it had so many entries; itself where it has no more. */
  asOf(size: number): PseudonymBook {
    return size === this.size ? this : new PseudonymBook(this.entries.slice(0, size))
  }

  /** The token of a value, given now if it has none. Throws a `FullBookError`. */
  tokenFor(entity: Entity, value: string): string {
    const known = this.#tokens.get(value)
    if (known !== undefined) return known
    this.#requireRoom()
    return this.#enter(value, this.#newToken(labels[entity], value))
  }

  /**
   * The token for text that itself looks like one. It stands for itself, and is then never given to anything else; where it is taken already it gets
   * another, so that the answer can say it exactly as it was. Throws a `FullBookError`.
   */
  tokenForLiteral({ token, label }: FoundToken): string {
    const known = this.#tokens.get(token)
    if (known !== undefined) return known
    this.#requireRoom()
    return this.#enter(token, this.#values.has(token) ? this.#nextToken(label) : token)
  }

  #requireRoom(): void {
    if (this.size >= mostPseudonyms) throw new FullBookError()
  }

  #newToken(label: Label, value: string): string {
    if (label !== labels.PERSON) return this.#nextToken(label)
    const isFree = (token: string) => !this.#values.has(token)
    return this.#persons.tokenFor(value, () => this.#nextNumber(label), isFree)
  }

  #nextToken(label: Label): string {
    return tokenOf(label, this.#nextNumber(label))
  }

  #nextNumber(label: Label): number {
    let number = (this.#lastNumbers.get(label) ?? 0) + 1
    while (this.#values.has(tokenOf(label, number))) number += 1
    this.#lastNumbers.set(label, number)
    return number
  }

  #enter(value: string, token: string): string {
    this.#tokens.set(value, token)
    this.#values.set(token, value)
    if (value === token || tokensIn(value).length > 0) return token
    const [, label, number = '0'] = /^\[([A-Z]+)_(\d+)/.exec(token) ?? []
    if (label === labels.PERSON) this.#persons.know(Number(number), value)
    this.known.add(value, entityOf.get(label) ?? 'CUSTOM')
    return token
  }
}
