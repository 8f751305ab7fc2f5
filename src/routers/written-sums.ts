/** Right and wrong sums that a text writes out, such as `3 * $4 = $12`. */
export interface WrittenSums {
  readonly right: number
  readonly wrong: number
}

/** How far before its `=` a sum may begin. A bound, so that no text takes long. */
const longestSum = 160
const mostTerms = 6
/** Units and words that may stand between a number and what follows it, such as `60 meters/sprint * 3`. */
const mostWords = 3

const result = /\s*\$?(-?\d+(?:,\d{3})*(?:\.\d+)?)/y
const piece = /\d+(?:,\d{3})*(?:\.\d+)?|\/?\p{L}+(?:\/\p{L}+)*|[-+*/×÷]|[^\s$]/gu

/** Looks for sums of plain numbers and works them out; what is rounded to the digits shown counts as right. Sums with brackets are passed over. */
export function writtenSums(text: string): WrittenSums {
  let right = 0
  let wrong = 0
  for (let at = text.indexOf('='); at !== -1; at = text.indexOf('=', at + 1)) {
    result.lastIndex = at + 1
    const said = result.exec(text)?.[1]
    const value = said === undefined ? undefined : sumBefore(text, at)
    if (said === undefined || value === undefined) continue
    const tolerance = 0.5000001 * 10 ** -(said.split('.')[1]?.length ?? 0)
    if (Math.abs(value - numberOf(said)) <= tolerance) right++
    else wrong++
  }
  return { right, wrong }
}

/** Value of the sum that ends at `end`; undefined when there is none of two terms at least. */
function sumBefore(text: string, end: number): number | undefined {
  const start = Math.max(0, end - longestSum)
  const pieces = text.slice(start, end).match(piece) ?? []
  // The first piece of a window may be half a number.
  if (start > 0) pieces.shift()
  const terms: string[] = []
  let words = 0
  for (const word of pieces.toReversed()) {
    const wantsNumber = terms.length % 2 === 0
    if (/^\d/.test(word)) {
      if (!wantsNumber) break
      terms.unshift(word)
    } else if (isOperator(word) && !wantsNumber) terms.unshift(word)
    else if (/^\/?\p{L}/u.test(word) && words < mostWords) {
      words++
      continue
    } else if (/[()%]/.test(word)) return undefined
    else break
    words = 0
    if (terms.length > 2 * mostTerms) return undefined
  }
  if (terms.length % 2 === 0) terms.shift()
  return terms.length < 3 ? undefined : workOut(terms)
}

function isOperator(word: string): boolean {
  return /^[-+*/×÷xX]$/.test(word)
}

/** Terms with an operator between each two; * and / come before + and -. */
function workOut(terms: readonly string[]): number {
  const parts: number[] = []
  for (const [index, word] of terms.entries()) {
    if (index % 2 === 1) continue
    const operator = terms[index - 1] ?? '+'
    const value = numberOf(word)
    if (operator === '+') parts.push(value)
    else if (operator === '-') parts.push(-value)
    else if (/[*×xX]/.test(operator)) parts.push((parts.pop() ?? 0) * value)
    else parts.push((parts.pop() ?? 0) / value)
  }
  return parts.reduce((total, value) => total + value, 0)
}

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''))
}
