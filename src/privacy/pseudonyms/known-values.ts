/** A stretch of text, [start, end) in UTF-16 units, that holds a known value. */
export interface KnownPlace {
  readonly start: number
  readonly end: number
  readonly value: string
}

interface Indexed {
  readonly value: string
  /** Where its first word begins in it. */
  readonly offset: number
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
  readonly #byFirstWord = new Map<string, Indexed[]>()
  readonly #seen = new Set<string>()

  /** Of a person, first and last name alone are looked for too. */
  add(value: string, isPerson: boolean): void {
    this.#index(value)
    if (!isPerson) return
    const parts = value.split(/\s+/).filter((part) => /^\p{Lu}[\p{L}'’-]+$/u.test(part) && !everyday.has(part))
    const [first] = parts
    const last = parts.at(-1)
    if (value.includes(' ')) for (const part of [first, last]) if (part !== undefined) this.#index(part)
  }

  findIn(text: string): readonly KnownPlace[] {
    if (this.#seen.size === 0) return []
    const found: KnownPlace[] = []
    let from = 0
    for (const { index, 0: word } of text.matchAll(words)) {
      const candidates = index < from ? undefined : this.#byFirstWord.get(word)
      const match = candidates?.find((candidate) => isAt(text, index, candidate, from))
      if (match === undefined) continue
      const start = index - match.offset
      from = start + match.value.length
      found.push({ start, end: from, value: match.value })
    }
    return found
  }

  #index(value: string): void {
    const first = value.match(words)?.[0]
    if (first === undefined || this.#seen.has(value)) return
    if (value.length < (han.test(value) ? shortestHan : shortest)) return
    this.#seen.add(value)
    const bucket = this.#byFirstWord.get(first) ?? []
    this.#byFirstWord.set(first, bucket)
    bucket.push({ value, offset: value.indexOf(first) })
    bucket.sort((a, b) => b.value.length - a.value.length)
  }
}

function isAt(text: string, index: number, { value, offset }: Indexed, from: number): boolean {
  const start = index - offset
  if (start < from || !text.startsWith(value, start)) return false
  const end = start + value.length
  return !(continues.test(value.at(-1) ?? '') && continues.test(text.charAt(end)))
}
