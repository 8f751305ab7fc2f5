import { allow, emptyMask } from '../generation/token-mask.ts'
import { compileAutomaton } from './compile-automaton.ts'
import type { Place } from './place.ts'
import { Places } from './places.ts'
import { createTokenTrie, type TokenTrie, type Word } from './token-trie.ts'

/** A token that ends a string. */
export interface ClosingWord {
  readonly id: number
  /** Characters of the string in front of its end. */
  readonly characters: number
}

/** The tokens of a vocabulary as they stand inside a JSON string, in front of one of its characters. */
export interface StringWords {
  /** The mask of those that do not end a string with room for so many characters; they may end inside a character. Not to be changed. */
  staying(room: number): Uint32Array
  /** Those that end a string, by what they have behind it. */
  readonly closing: readonly (readonly ClosingWord[])[]
  /** What stands behind the end of the string; its tokens are places in `closing`. */
  readonly behind: TokenTrie
  /** Place in `closing` of those with nothing behind it. */
  readonly bare: number
}

/** A string as long as any of a schema may be. */
const longest = 2 ** 16

/** Reads each word with the automaton of a string. */
export function createStringWords(words: readonly Word[], size: number): StringWords {
  const start = compileAutomaton({ kind: 'string', least: 0, most: longest }, 'a string')
  const places = new Places(start, 'a string')
  const inside = places.behind(places.first, Uint8Array.of(0x22)) ?? places.first
  const staying: ClosingWord[] = []
  const closing = new Map<string, { readonly behind: Uint8Array; readonly words: ClosingWord[] }>()
  for (const { id, bytes } of words) {
    places.beginWork()
    const read = readInString(places, inside, bytes)
    if (read === undefined) continue
    if (read.behind === undefined) {
      staying.push({ id, characters: read.characters })
      continue
    }
    const key = Buffer.from(read.behind).toString('latin1')
    const group = closing.get(key) ?? { behind: read.behind, words: [] }
    closing.set(key, group)
    group.words.push({ id, characters: read.characters })
  }
  const groups = [...closing.values()]
  return {
    staying: stayingMasks(staying, size),
    closing: groups.map((group) => group.words),
    behind: createTokenTrie(groups.map(({ behind }, id) => ({ id, bytes: behind }))),
    bare: groups.findIndex(({ behind }) => behind.length === 0),
  }
}

interface ReadInString {
  readonly characters: number
  /** What stands behind the end of the string; absent when it does not end. */
  readonly behind?: Uint8Array
}

/** Undefined for bytes that cannot stand there. */
function readInString(places: Places, inside: Place, bytes: Uint8Array): ReadInString | undefined {
  let place = inside
  let characters = 0
  for (const [index, byte] of bytes.entries()) {
    const next = places.after(place, byte)
    if (next === undefined) return undefined
    if (next.isEnd) return { characters, behind: bytes.subarray(index + 1) }
    place = next
    characters = next.ways[0]?.count ?? 0
  }
  return { characters }
}

/** Makes each mask once: there are as few as the longest token has characters. */
function stayingMasks(words: readonly ClosingWord[], size: number): (room: number) => Uint32Array {
  const most = words.reduce((longest, { characters }) => Math.max(longest, characters), 0)
  const masks = new Map<number, Uint32Array>()
  return (room) => {
    const within = Math.min(room, most)
    const known = masks.get(within)
    if (known !== undefined) return known
    const mask = emptyMask(size)
    for (const { id, characters } of words) if (characters <= within) allow(mask, id)
    masks.set(within, mask)
    return mask
  }
}
