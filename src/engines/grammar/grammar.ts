import type { CodePoints } from './code-points.ts'

/** What texts are allowed, as the parts that a text is made of. */
export type Grammar =
  | { readonly kind: 'text'; readonly text: string }
  /** One character out of these. */
  | { readonly kind: 'character'; readonly points: CodePoints }
  | { readonly kind: 'sequence'; readonly parts: readonly Grammar[] }
  | { readonly kind: 'choice'; readonly parts: readonly Grammar[] }
  | { readonly kind: 'repeat'; readonly part: Grammar; readonly least: number; readonly most: number | undefined }
  /** A string of JSON with its quotes, of so many characters (code points). */
  | { readonly kind: 'string'; readonly least: number; readonly most: number | undefined }
  /** Any bytes at all; but behind the first `marker` among them comes `behind`, and then the end. */
  | { readonly kind: 'free'; readonly marker: string; readonly behind: Grammar }
  | { readonly kind: 'rule'; readonly rule: Rule }

/** A grammar with a name, so that it can stand inside itself. Its body is set once, before the rule is used. */
export interface Rule {
  /** Where it comes from, for a person. */
  readonly name: string
  body: Grammar
}

/** Exactly this text. */
export function text(exactly: string): Grammar {
  return { kind: 'text', text: exactly }
}

/** The one compact JSON text of a value. */
export function jsonText(value: unknown): Grammar {
  return text(JSON.stringify(value))
}

/** One of these ASCII characters. */
export function anyOf(characters: string): Grammar {
  const points: [first: number, last: number][] = []
  for (const code of Array.from(characters, (one) => one.charCodeAt(0))) {
    const before = points.at(-1)
    if (before !== undefined && before[1] === code - 1) before[1] = code
    else points.push([code, code])
  }
  return { kind: 'character', points }
}

/** One after the other; texts stand for themselves. */
export function sequence(...parts: readonly (Grammar | string)[]): Grammar {
  return { kind: 'sequence', parts: parts.map((part) => (typeof part === 'string' ? text(part) : part)) }
}

/** One of them; of no part there is no text at all. */
export function choice(parts: readonly Grammar[]): Grammar {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind: 'choice', parts }
}

/** `part` as often as the bounds say; no `most`: without end. */
export function repeated(part: Grammar, least: number, most?: number): Grammar {
  return { kind: 'repeat', part, least, most }
}

/** The part or nothing. */
export function optional(part: Grammar): Grammar {
  return repeated(part, 0, 1)
}

/** The rule, by its name. */
export function ruleOf(rule: Rule): Grammar {
  return { kind: 'rule', rule }
}

/** Nothing at all. */
export const nothing: Grammar = sequence()
