import { defineRecognizer } from './define-recognizer.ts'
import { matchEnd } from './match-at.ts'

const domain = /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{1,50})/y
const longestLocalPart = 64
const localUnit = /[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\u00c0-\u024f-]/

/** E-mail addresses with a dotted domain. */
export const email = defineRecognizer({
  name: 'email',
  entity: 'EMAIL_ADDRESS',
  search({ text }, report) {
    for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
      const start = localPartStart(text, at)
      if (start === at) continue
      const end = matchEnd(domain, text, at + 1)
      if (end !== -1) report(start, end, 0.95)
    }
  },
})

function localPartStart(text: string, at: number): number {
  let start = at
  while (start > 0 && at - start < longestLocalPart && localUnit.test(text[start - 1] ?? '')) start--
  // What opens a quotation or a list is no part of the address, though RFC 5322 would allow it.
  while (start < at && /[.'`{|/=!#$%&*?^~+-]/.test(text[start] ?? '')) start++
  const quoted = text.slice(start, at).lastIndexOf('=')
  return quoted === -1 ? start : start + quoted + 1
}
