import { type Label, labels } from '../../pseudonyms/token.ts'
import type { Entity } from '../../recognizers/recognizer.ts'
import { foldCase } from './fold-case.ts'
import { isHan, isWordUnit } from './word-units.ts'

/** UTF-16 units of a text, or bytes. */
export type Units = Uint16Array | Uint8Array

interface Pattern {
  readonly units: Units
  readonly entity: Entity
  readonly ignoresCase: boolean
  /** No letter or digit may touch it on that side. */
  readonly startsWord: boolean
  readonly endsWord: boolean
}

/** What has fewer bytes stands in pictures and programs by chance. */
const shortestInBytes = 6
/** Longer values are looked for by their first characters. */
const longest = 256
const filterBits = 0xfff

/**
 * Values that must not leave, each with its class; searched in text by whole words, and in bytes that are no text. Values that say nothing by themselves
 * (fewer than three letters, fewer than six digits alone, words of the wire) are not looked for.
 */
export class ValueIndex {
  readonly #values = new Map<string, Entity>()
  #pending: (readonly [string, Entity])[] = []
  #pendingBytes: (readonly [string, Entity])[] = []
  readonly #inText = new Buckets()
  readonly #inBytes = new Buckets()

  add(value: string, entity: Entity): void {
    const trimmed = value.trim()
    if (this.#values.has(trimmed) || !isTelling(trimmed)) return
    this.#values.set(trimmed, entity)
    this.#pending.push([trimmed, entity])
    this.#pendingBytes.push([trimmed, entity])
  }

  /** The class of the first value found that is not of the class `except`. Throws a RangeError where comparing would take more than linear time. */
  findInText(units: Units, except?: Entity): Entity | undefined {
    for (const [value, entity] of this.#pending.splice(0)) this.#inText.add(textPattern(value, entity))
    return this.#inText.find(units, except)
  }

  /** The same in bytes that are no text as a whole: values of six bytes and more, as UTF-8 and as UTF-16 of either order. */
  findInBytes(bytes: Uint8Array, except?: Entity): Entity | undefined {
    for (const [value, entity] of this.#pendingBytes.splice(0)) {
      for (const pattern of bytePatterns(value, entity)) this.#inBytes.add(pattern)
    }
    return this.#inBytes.find(bytes, except)
  }
}

const wireWords = new Set(
  'arguments array assistant auto boolean call content const default description detail developer enum format function high integer items json_object json_schema low message messages model name none null number object parallel parameters prompt properties required role schema stop stream string strict system text tool tools tool_choice type url user'.split(
    ' ',
  ),
)
const labelWords: ReadonlySet<string> = new Set<Label>(Object.values(labels))

/** Whether a value says something by itself, wherever it stands. */
export function isTelling(value: string): boolean {
  const letters = value.match(/\p{L}/gu)?.length ?? 0
  const digits = value.match(/\p{N}/gu)?.length ?? 0
  if (letters === 0) return digits >= 6
  if (letters + digits < 3) return letters === 2 && isHan(value.charCodeAt(0)) && isHan(value.charCodeAt(1))
  return !wireWords.has(value.toLowerCase()) && !labelWords.has(value)
}

function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length)
  for (let at = 0; at < text.length; at += 1) units[at] = text.charCodeAt(at)
  return units
}

/** Several words, or what no word is, is the same value in any case; one word alone may be another word in another case. */
function ignoresCase(value: string): boolean {
  return /[\s\d@]/.test(value)
}

function textPattern(value: string, entity: Entity): Pattern {
  const units = unitsOf(value.slice(0, longest))
  const isLong = value.length > longest
  // A number or an address is that value whatever it is glued to; a word inside of another is another word.
  const stands = value.length >= 8 && /[\d@]/.test(value)
  return {
    units,
    entity,
    ignoresCase: ignoresCase(value),
    startsWord: !stands && isWordUnit(units[0] ?? 0),
    endsWord: !stands && !isLong && isWordUnit(units.at(-1) ?? 0),
  }
}

function bytePatterns(value: string, entity: Entity): readonly Pattern[] {
  const start = value.slice(0, longest)
  const wide = unitsOf(start)
  const little = Uint8Array.from({ length: wide.length * 2 }, (_, at) => ((wide[at >> 1] ?? 0) >> (8 * (at & 1))) & 255)
  const big = Uint8Array.from(little, (_, at) => little[at ^ 1] ?? 0)
  const loose = { entity, ignoresCase: ignoresCase(value), startsWord: false, endsWord: false }
  const utf8 = new TextEncoder().encode(start)
  const words = { startsWord: isAsciiWord(utf8[0]), endsWord: value.length <= longest && isAsciiWord(utf8.at(-1)) }
  if (utf8.length < shortestInBytes) return []
  const patterns = [
    { ...loose, ...(/[\d@]/.test(value) ? {} : words), units: utf8 },
    { ...loose, units: little },
    { ...loose, units: big },
  ]
  return patterns.filter(({ units }) => units.length >= shortestInBytes)
}

function isAsciiWord(byte = 0): boolean {
  return byte < 0x80 && isWordUnit(byte)
}

/** Patterns by their first two or three units. */
class Buckets {
  readonly #byThree = new Map<number, Pattern[]>()
  readonly #byTwo = new Map<number, Pattern[]>()
  /** Says of most places at once that nothing begins there. */
  readonly #filter = new Uint8Array(filterBits + 1)

  add(pattern: Pattern): void {
    const [a = 0, b = 0, c] = pattern.units
    const isShort = c === undefined || isHan(a)
    const map = isShort ? this.#byTwo : this.#byThree
    const key = isShort ? keyOfTwo(foldCase(a), foldCase(b)) : keyOfThree(foldCase(a), foldCase(b), foldCase(c))
    if (!isShort) this.#filter[filterPlace(foldCase(a), foldCase(b), foldCase(c))] = 1
    const bucket = map.get(key)
    if (bucket === undefined) map.set(key, [pattern])
    else bucket.push(pattern)
  }

  find(units: Units, except: Entity | undefined): Entity | undefined {
    if (units.length < 2 || this.#byThree.size + this.#byTwo.size === 0) return undefined
    const filter = this.#filter
    let patience = 100_000 + 64 * units.length
    const judge = (bucket: readonly Pattern[] | undefined, at: number): Entity | undefined => {
      for (const pattern of bucket ?? []) {
        patience -= 1 + commonUnits(units, at, pattern)
        if (patience < 0) throw new RangeError('too many values begin alike')
        if (pattern.entity !== except && stands(units, at, pattern)) return pattern.entity
      }
      return undefined
    }
    let [a, b] = [0, foldCase(units[0] ?? 0)]
    for (let at = 1; at < units.length; at += 1) {
      const c = foldCase(units[at] ?? 0)
      if (b >= 0x2e80 && this.#byTwo.size > 0) {
        const found = judge(this.#byTwo.get(keyOfTwo(b, c)), at - 1)
        if (found !== undefined) return found
      }
      if (at >= 2 && filter[filterPlace(a, b, c)] === 1) {
        const found = judge(this.#byThree.get(keyOfThree(a, b, c)), at - 2)
        if (found !== undefined) return found
      }
      a = b
      b = c
    }
    return undefined
  }
}

function filterPlace(a: number, b: number, c: number): number {
  return (a * 961 + b * 31 + c) & filterBits
}

function keyOfTwo(a: number, b: number): number {
  return a * 0x1_0000 + b
}

function keyOfThree(a: number, b: number, c: number): number {
  return (a * 0x1_0000 + b) * 0x1_0000 + c
}

function commonUnits(units: Units, at: number, { units: wanted }: Pattern): number {
  let same = 0
  while (same < wanted.length && foldCase(units[at + same] ?? 0) === foldCase(wanted[same] ?? 0)) same += 1
  return same
}

function stands(units: Units, at: number, { units: wanted, ignoresCase, startsWord, endsWord }: Pattern): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    const [is = 0, should = 0] = [units[at + index], wanted[index]]
    if (at + index >= units.length || (is !== should && !(ignoresCase && foldCase(is) === foldCase(should))))
      return false
  }
  if (startsWord && at > 0 && isWordUnit(units[at - 1] ?? 0)) return false
  const end = at + wanted.length
  return !(endsWord && end < units.length && isWordUnit(units[end] ?? 0))
}
