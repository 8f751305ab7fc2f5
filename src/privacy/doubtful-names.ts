import type { TokenClass } from '../spec/ports.ts'

/** Letters of scripts without capitals, such as Chinese. */
const caseless = /\p{Lo}/u
const capital = /\p{Lu}/u
/** A capital in the middle of a word, but for McKay, DeVito and their like. */
const humps = /(?<!\b(?:Mc|Mac|De|Del|Di|Du|La|Le|Van|Fitz|O'|O’))(?<=\p{Ll})\p{Lu}/u
const commonWord = /(?<![\p{L}\p{N}])\p{Ll}+(?![\p{L}\p{N}])/gu
/** Units on each side of a name that show whether its writer uses capitals. */
const surroundings = 200

/**
 * Tells names that look like none: without a capital where others have one, with humps as identifiers have, set in bold as terms are, or made of words
 * that the text has in small letters elsewhere. Made for one text; reads it once.
 */
export function doubtfulNames(text: string): (name: Pick<TokenClass, 'start' | 'end'>) => boolean {
  let common: ReadonlySet<string> | undefined
  return ({ start, end }) => {
    const name = text.slice(start, end)
    if (caseless.test(name)) return false
    if (!capital.test(name)) return capital.test(text.slice(Math.max(0, start - surroundings), end + surroundings))
    if (humps.test(name) || text[start - 1] === '*' || text[end] === '*') return true
    common ??= new Set(text.match(commonWord))
    const words = name.split(/[^\p{L}\p{M}]+/u).filter((word) => word !== '')
    return words.every((word) => common?.has(word.toLowerCase()))
  }
}
