import { ValueIndex } from '../egress/rescan/value-index.ts'
import type { Entity } from '../recognizers/recognizer.ts'

/** A stretch of text, [start, end) in UTF-16 units, that holds a known value. */
export interface KnownPlace {
  readonly start: number
  readonly end: number
  readonly entity: Entity
}

interface Indexed {
  readonly value: string
  readonly entity: Entity
  /** Where its first word begins in it. */
  readonly offset: number
  /** As it is compared in any case; undefined for a word that may be another one in another case. */
  readonly anyCase: string | undefined
}

const han = /\p{Script=Han}/u
const words = /\p{Script=Han}|[[\p{L}\p{N}]--\p{Script=Han}]+/gv
const continues = /[[\p{L}\p{N}]--\p{Script=Han}]/v
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
  readonly #byFirstWord = new Map<string, Indexed[]>()
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

  findIn(text: string): readonly KnownPlace[] {
    if (this.#seen.size === 0) return []
    const found: KnownPlace[] = []
    let from = 0
    for (const { index, 0: word } of text.matchAll(words)) {
      const candidates = index < from ? undefined : this.#byFirstWord.get(word.toLowerCase())
      const match = candidates?.find((candidate) => isAt(text, index, candidate, from))
      if (match === undefined) continue
      const start = index - match.offset
      from = start + match.value.length
      found.push({ start, end: from, entity: match.entity })
    }
    return found
  }

  #index(value: string, entity: Entity): void {
    const first = value.match(words)?.[0]
    if (first === undefined || this.#seen.has(value)) return
    if (value.length < (han.test(value) ? shortestHan : shortest)) return
    this.#seen.add(value)
    this.index.add(value, entity)
    const key = first.toLowerCase()
    const bucket = this.#byFirstWord.get(key) ?? []
    this.#byFirstWord.set(key, bucket)
    const anyCase = /[\s\d@]/.test(value) ? value.toLowerCase() : undefined
    bucket.push({ value, entity, offset: value.indexOf(first), anyCase })
    bucket.sort((a, b) => b.value.length - a.value.length)
  }
}

function isAt(text: string, index: number, { value, offset, anyCase }: Indexed, from: number): boolean {
  const start = index - offset
  const end = start + value.length
  if (start < from) return false
  if (!text.startsWith(value, start) && (anyCase === undefined || text.slice(start, end).toLowerCase() !== anyCase)) {
    return false
  }
  return !(continues.test(value.at(-1) ?? '') && continues.test(text.charAt(end)))
}
