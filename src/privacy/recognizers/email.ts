import { defineRecognizer } from './define-recognizer.ts'
import { matchEnd } from './match-at.ts'

const domain =
  /(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.){1,8}(?:xn--[A-Za-z0-9-]{1,59}|[A-Za-z]{2,24}(?![\p{Script=Latin}\p{M}])|[\p{L}\p{M}]{2,63})/uy
const localUnit = /[\p{L}\p{M}\p{N}.!#$%&'\u2019*+/=?^_`{|}~-]/u
/** Scripts that put nothing between words: before a part in other letters, they are the sentence around it. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const longestQuoted = 64

/** E-mail addresses with a dotted domain, in letters of any script. */
export const email = defineRecognizer({
  name: 'email',
  entity: 'EMAIL_ADDRESS',
  search({ text }, report) {
    for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
      const start = text[at - 1] === '"' ? quotedStart(text, at) : localPartStart(text, at)
      if (start === at) continue
      const end = matchEnd(domain, text, at + 1)
      if (end !== -1) report(start, end, 0.95)
    }
  },
})

/** However long: what is longer than RFC 5321 has it still says who it is. Never passes another @. */
function localPartStart(text: string, at: number): number {
  const isUnspaced = unspaced.test(text[at - 1] ?? '')
  let start = at
  while (start > 0 && isLocal(text[start - 1] ?? '', isUnspaced)) start--
  // What opens a quotation or a list is no part of the address, though RFC 5322 would allow it.
  while (start < at && /[.'\u2019`{|/=!#$%&*?^~+\p{M}-]/u.test(text[start] ?? '')) start++
  const quoted = text.slice(start, at).lastIndexOf('=')
  return quoted === -1 ? start : start + quoted + 1
}

function isLocal(unit: string, isUnspaced: boolean): boolean {
  if (unit < '\x80') return localUnit.test(unit)
  return localUnit.test(unit) && (isUnspaced || !unspaced.test(unit))
}

function quotedStart(text: string, at: number): number {
  const start = text.lastIndexOf('"', at - 2)
  return start === -1 || at - start > longestQuoted + 2 || text.slice(start, at).includes('\n') ? at : start
}
