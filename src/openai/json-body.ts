import { EdgewiseError } from '../spec/errors.ts'
import { findJsonFault } from './json-fault.ts'

export interface JsonBody {
  readonly text: string
  /** Objects and lists may nest this deep; whatever walks the value later can then recurse safely. */
  readonly maxDepth?: number
}

/** The value of a JSON text. Throws `invalid-request` with the position, never the content, when it is malformed or nests too deep. Linear in the text. */
export function parseJsonBody({ text, maxDepth = 64 }: JsonBody): unknown {
  const tooDeepAt = findDepth(text, maxDepth)
  if (tooDeepAt !== undefined) {
    throw new EdgewiseError(
      'invalid-request',
      `the JSON body nests deeper than ${maxDepth} levels at position ${tooDeepAt}; send a flatter one`,
    )
  }
  try {
    return JSON.parse(text)
  } catch {
    // No cause: the engine's own message quotes the text.
    throw new EdgewiseError('invalid-request', malformed(text))
  }
}

function malformed(text: string): string {
  if (text.trim() === '') return 'the body is empty; send a JSON object'
  const at = findJsonFault(text) ?? text.length
  if (at >= text.length) return `the body is not valid JSON: it ends too early, at position ${text.length}`
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - before.lastIndexOf('\n')
  return `the body is not valid JSON: unexpected character at position ${at} (line ${line}, column ${column})`
}

/** Index of the bracket that opens level `maxDepth` + 1, or undefined. */
function findDepth(text: string, maxDepth: number): number | undefined {
  if (countBrackets(text, maxDepth) <= maxDepth) return undefined
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x22) at = endOfString(text, at)
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > maxDepth) return at
    } else if (code === 0x7d || code === 0x5d) depth -= 1
  }
  return undefined
}

/** Opening brackets, those in strings too; stops counting once there are more than `enough`. */
function countBrackets(text: string, enough: number): number {
  let count = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1 && count <= enough; at = text.indexOf(bracket, at + 1)) count += 1
  }
  return count
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = end
    while (text.charCodeAt(slashes - 1) === 0x5c) slashes -= 1
    if ((end - slashes) % 2 === 0) return end
  }
  return text.length
}
