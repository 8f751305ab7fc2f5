import { RE2JS } from 're2js'

/** What is wrong with a pattern and at which character (from 1), or undefined. Patterns that match the empty text are refused too. */
export function patternFault(pattern: string): string | undefined {
  try {
    if (RE2JS.compile(pattern).matches('')) return 'the pattern matches the empty text, so it would match everywhere'
    return undefined
  } catch (error) {
    const { what, piece } = explain(error)
    return `the pattern is wrong at character ${positionOf(pattern, piece) + 1}: ${what}`
  }
}

function explain(error: unknown): { readonly what: string; readonly piece: string | undefined } {
  if (!(error instanceof Error)) return { what: String(error), piece: undefined }
  const { error: description, input } = error as Error & { readonly error?: unknown; readonly input?: unknown }
  return {
    what: typeof description === 'string' ? description : error.message,
    piece: typeof input === 'string' ? input : undefined,
  }
}

/** Where the piece that the compiler names stands. For what is never closed it names everything from there on, or the whole pattern. */
function positionOf(pattern: string, piece: string | undefined): number {
  if (piece === undefined) return Math.max(0, pattern.length - 1)
  return piece === pattern ? unbalancedAt(pattern) : Math.max(0, pattern.indexOf(piece))
}

/** The bracket without its other half; 0 when there is none. */
function unbalancedAt(pattern: string): number {
  const open: number[] = []
  let isClass = false
  for (let index = 0; index < pattern.length; index++) {
    const unit = pattern[index]
    if (unit === '\\') index++
    else if (isClass) isClass = unit !== ']'
    else if (unit === '[') isClass = true
    else if (unit === '(') open.push(index)
    else if (unit === ')' && open.pop() === undefined) return index
  }
  return open.at(-1) ?? 0
}
