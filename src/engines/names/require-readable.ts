import { EdgewiseError } from '../../spec/errors.ts'

/** Characters of a text that cannot be read before any request's time is over: a second is enough for some 400,000. */
const longestText = 2_000_000

/** Throws `body-too-large` for a text that the name model could not read in time anyway, before it costs anything. */
export function requireReadable(texts: readonly string[]): void {
  const tooLong = texts.find(({ length }) => length > longestText)
  if (tooLong === undefined) return
  const message = `the name model reads texts of up to ${longestText} characters, one here has ${tooLong.length}: send it in parts`
  throw new EdgewiseError('body-too-large', message)
}
