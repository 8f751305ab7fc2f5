/** Right and wrong sums that a text writes out, such as `3 * $4 = $12`. */
export interface WrittenSums {
  readonly right: number
  readonly wrong: number
}

const number = String.raw`-?\d[\d,]*(?:\.\d+)?`
/** Between a number and what follows it: a unit or a few words, such as `60 meters/sprint * 3`. */
const unit = String.raw`%?(?:\s*[a-zA-Z][a-zA-Z/]*){0,3}`
const term = String.raw`\(?\s*\$?${number}\s*\)?${unit}`
const sum = new RegExp(String.raw`(${term}(?:\s*[-+*/×÷x]\s*${term}){1,5})\s*=\s*\$?(${number})`, 'g')
/** Longer texts are looked at up to here only. */
const longestText = 20_000

/** Looks for sums of plain numbers and works them out; what is rounded to the digits shown counts as right. */
export function writtenSums(text: string): WrittenSums {
  let right = 0
  let wrong = 0
  for (const [, left = '', result = ''] of text.slice(0, longestText).matchAll(sum)) {
    const value = workOut(left)
    if (value === undefined) continue
    const digits = result.split('.')[1]?.length ?? 0
    const tolerance = 0.5000001 * 10 ** -digits
    if (Math.abs(value - numberOf(result)) <= tolerance) right++
    else wrong++
  }
  return { right, wrong }
}

/** The value of terms joined by + - * /, with * and / before + and -; undefined for anything else. */
function workOut(left: string): number | undefined {
  if (/[()%]/.test(left)) return undefined
  const bare = left.replace(/[a-zA-Z]{2,}(?:\/[a-zA-Z]+)*|\/[a-zA-Z]+/g, ' ')
  const tokens = bare.match(new RegExp(String.raw`${number.slice(2)}|[-+*/×÷]|\bx\b`, 'g')) ?? []
  const terms: number[] = []
  let operator = '+'
  for (const [index, token] of tokens.entries()) {
    if (index % 2 === 1) {
      operator = token
      continue
    }
    const value = numberOf(token)
    if (!Number.isFinite(value)) return undefined
    if (operator === '+') terms.push(value)
    else if (operator === '-') terms.push(-value)
    else if (/[*×x]/.test(operator)) terms.push((terms.pop() ?? 0) * value)
    else terms.push((terms.pop() ?? 0) / value)
  }
  return tokens.length % 2 === 1 ? terms.reduce((total, value) => total + value, 0) : undefined
}

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''))
}
