import type { Entity } from '../recognizers/recognizer.ts'

/** A value that is looked for in texts. */
export interface SoughtValue {
  readonly value: string
  readonly entity: Entity
  /** Where its first word begins in it. */
  readonly offset: number
  /** As it is compared in any case; undefined for a word that may be another one in another case. */
  readonly anyCase: string | undefined
}

/** A word of a text, [start, end) in UTF-16 units. */
interface Word {
  readonly start: number
  readonly end: number
}

interface Node {
  /** Those that end here, and all others too until there are too many. */
  readonly values: SoughtValue[]
  /** Where there are too many: by the next word with what stands before it. */
  more?: Map<string, Node>
  /** Where there are too many: those that end here, by how they are compared. */
  ended?: Map<string, SoughtValue>
  /** Where there are too many: of those that end here, offset and length. */
  shapes?: Map<string, { readonly offset: number; readonly length: number }>
}

/** So many are compared one by one. */
const fewest = 8
const continues = /[[\p{L}\p{N}]--\p{Script=Han}]/v
const wordPattern = /\p{Script=Han}|[[\p{L}\p{N}]--\p{Script=Han}]+/gv

/** The words of a text; a Chinese character is one by itself. */
export function wordsIn(text: string): readonly Word[] {
  return Array.from(text.matchAll(wordPattern), ({ index, 0: word }) => ({ start: index, end: index + word.length }))
}

/** Values by their words, so that what many of them begin with is compared once. Adding one and finding one cost its length. */
export class ValueTree {
  readonly #root: Node = { values: [], more: new Map() }

  /** `words` are those of the value, at least one. */
  add(sought: SoughtValue, words: readonly Word[]): void {
    this.#put(this.#root, sought, words, 0)
  }

  #put(from: Node, sought: SoughtValue, words: readonly Word[], at: number): void {
    let [node, depth] = [from, at]
    while (node.more !== undefined) {
      const key = keyAt(sought.value, words, depth)
      if (key === undefined) {
        end(node, sought)
        return
      }
      const next = node.more.get(key) ?? { values: [] }
      node.more.set(key, next)
      node = next
      depth += 1
    }
    node.values.push(sought)
    if (node.values.length <= fewest) return
    node.more = new Map()
    for (const value of node.values.splice(0)) this.#put(node, value, wordsIn(value.value), depth)
  }

  /** A search of one text. Throws a RangeError where it would take more than linear time. */
  search(text: string): (words: readonly Word[], first: number, from: number) => SoughtValue | undefined {
    let patience = 100_000 + 64 * text.length
    const spend = (steps: number) => {
      patience -= steps
      if (patience < 0) throw new RangeError('too many values begin alike')
    }
    return (words, first, from) => {
      const index = words[first]?.start ?? 0
      let node: Node | undefined = this.#root
      let best: SoughtValue | undefined
      for (let depth = 0; node !== undefined; depth += 1) {
        for (const candidate of candidates(node, text, index, spend)) {
          if (candidate.value.length > (best?.value.length ?? 0) && isAt(text, index, candidate, from)) best = candidate
        }
        const key: string | undefined = node.more === undefined ? undefined : keyAt(text, words, depth, first)
        spend(1 + (key?.length ?? 0) / 16)
        node = key === undefined ? undefined : node.more?.get(key)
      }
      return best
    }
  }
}

/** The word so far behind the first one, with what stands between it and the one before. */
function keyAt(text: string, words: readonly Word[], depth: number, first = 0): string | undefined {
  const word = words[first + depth]
  if (word === undefined) return undefined
  const start = depth === 0 ? word.start : (words[first + depth - 1]?.end ?? 0)
  return text.slice(start, word.end).toLowerCase()
}

function end(node: Node, sought: SoughtValue): void {
  const { value, offset, anyCase } = sought
  node.ended ??= new Map()
  node.shapes ??= new Map()
  const key = anyCase ?? value
  if (!node.ended.has(key)) node.ended.set(key, sought)
  node.shapes.set(`${offset} ${value.length}`, { offset, length: value.length })
}

function* candidates(node: Node, text: string, index: number, spend: (steps: number) => void): Generator<SoughtValue> {
  for (const value of node.values) {
    // Most differ at once; those that do not are compared to the end.
    spend(1 + (text.startsWith(value.value.slice(0, 16), index - value.offset) ? value.value.length / 16 : 0))
    yield value
  }
  if (node.ended === undefined) return
  for (const { offset, length } of node.shapes?.values() ?? []) {
    spend(1 + length / 16)
    const is = text.slice(index - offset, index - offset + length)
    const found = node.ended.get(is) ?? node.ended.get(is.toLowerCase())
    if (found !== undefined) yield found
  }
}

function isAt(text: string, index: number, { value, offset, anyCase }: SoughtValue, from: number): boolean {
  const start = index - offset
  const last = start + value.length
  if (start < from) return false
  if (!text.startsWith(value, start) && (anyCase === undefined || text.slice(start, last).toLowerCase() !== anyCase)) {
    return false
  }
  return !(continues.test(value.at(-1) ?? '') && continues.test(text.charAt(last)))
}
