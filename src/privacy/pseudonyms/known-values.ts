import { ValueIndex } from '../egress/rescan/value-index.ts'
import type { Entity } from '../recognizers/recognizer.ts'
import { ValueTree, wordsIn } from './value-tree.ts'

/** A stretch of text, [start, end) in UTF-16 units, that holds a known value. */
export interface KnownPlace {
  readonly start: number
  readonly end: number
  readonly entity: Entity
}

const han = /\p{Script=Han}/u
const shortest = 3
const shortestHan = 2

/** Parts of names that are everyday words too: alone they are no sign of the person. */
const everyday = new Set(
  'Will Mark May June April August Grace Hope Rose Young Long King Page Day White Black Brown Green Best Price Bill Art Max Case Rich Short Wise Good Love Field Stone Wood Woods Hill Lake Park Rivers West East North South Christian Baker Cook Smart Frank Jack Drew Chase Reed Lane Ray Sun Dean Duke The And For Von Van Der Den Del De La Le Di Da San Dos'.split(
    ' ',
  ),
)

/**
 * Finds values again that are known to be personal, in places where a recognizer misses them: `Dear Ada` in an answer, after `my name is Ada Lovelace` in
 * the question. Linear in the text; whole words only.
 */
export class KnownValues {
  /** The same values, for the look at the final bytes. */
  readonly index = new ValueIndex()
  readonly #tree = new ValueTree()
  readonly #seen = new Set<string>()

  /** Of a person, first and last name alone are looked for too. */
  add(value: string, entity: Entity): void {
    this.#index(value, entity)
    if (entity !== 'PERSON') return
    const parts = value.split(/\s+/).filter((part) => /^\p{Lu}[\p{L}'’-]+$/u.test(part) && !everyday.has(part))
    const [first] = parts
    const last = parts.at(-1)
    if (value.includes(' ')) for (const part of [first, last]) if (part !== undefined) this.#index(part, entity)
  }

  /** Longer values first. Throws a RangeError where it would take more than linear time. */
  findIn(text: string): readonly KnownPlace[] {
    if (this.#seen.size === 0) return []
    const found: KnownPlace[] = []
    const words = wordsIn(text)
    const matchAt = this.#tree.search(text)
    let from = 0
    for (const [first, { start: index }] of words.entries()) {
      const match = index < from ? undefined : matchAt(words, first, from)
      if (match === undefined) continue
      const start = index - match.offset
      from = start + match.value.length
      found.push({ start, end: from, entity: match.entity })
    }
    return found
  }

  #index(value: string, entity: Entity): void {
    if (this.#seen.has(value)) return
    const words = wordsIn(value)
    const [first] = words
    if (first === undefined || value.length < (han.test(value) ? shortestHan : shortest)) return
    this.#seen.add(value)
    this.index.add(value, entity)
    const anyCase = /[\s\d@]/.test(value) ? value.toLowerCase() : undefined
    this.#tree.add({ value, entity, offset: first.start, anyCase }, words)
  }
}
