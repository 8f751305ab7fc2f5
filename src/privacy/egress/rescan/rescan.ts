import type { InspectBytes } from '../../../spec/outbound.ts'
import { jsonLeaves } from '../../guard/json-leaves.ts'
import { base64Runs } from './forms/base64-runs.ts'
import type { ByteRuns } from './forms/byte-runs.ts'
import { bytesInText } from './forms/bytes-in-text.ts'
import { compatibleText } from './forms/compatible-text.ts'
import { hexRuns } from './forms/hex-runs.ts'
import { withoutJsonEscapes } from './forms/json-escapes.ts'
import { withoutPercentEscapes } from './forms/percent-escapes.ts'
import { textsInBytes, wideTexts } from './forms/texts-in-bytes.ts'
import type { TextRules } from './text-rules.ts'
import type { Units, ValueIndex } from './value-index.ts'

export interface RescanOptions {
  /** Values that must not leave. */
  readonly values: readonly ValueIndex[]
  /** Strings of the body that the guard has judged as a whole and lets through, such as addresses of images. */
  readonly lets: ReadonlySet<string>
  /** Finds classes that may not leave; absent: only the values are looked for. */
  readonly rules?: TextRules
}

/** Encodings inside of encodings are undone so many times, beyond the JSON of the body itself. */
const deepest = 2

/**
 * Looks through the final bytes of a body, which are JSON, for what must not leave: plain, and JSON-escaped, base64, percent-encoded, hexadecimal or UTF-16, these
 * also inside of each other once. Gives the class and the form of the first that it finds, never the value. Linear in the body.
 */
export function createRescan(options: RescanOptions): InspectBytes {
  return (bytes) => {
    try {
      return new Rescan(options).inBody(new TextDecoder().decode(bytes))
    } catch (thrown) {
      if (thrown instanceof RangeError) return `it cannot be looked through: ${thrown.message}`
      throw thrown
    }
  }
}

class Rescan {
  readonly #options: RescanOptions

  constructor(options: RescanOptions) {
    this.#options = options
  }

  inBody(text: string): string | undefined {
    const { lets, rules } = this.#options
    const strings = stringsOf(text, lets)
    const content = strings.join('\n')
    const compatible = compatibleText(content)
    return (
      told(this.#valueIn(content), 'plain') ??
      (compatible === undefined ? undefined : told(this.#valueIn(compatible), 'Unicode-compatible')) ??
      told(rules?.inPlain(strings), 'plain') ??
      this.#inForms(content, deepest)
    )
  }

  #valueIn(text: string): string | undefined {
    return this.#first((index) => index.findInText(units(text)))
  }

  #first(find: (index: ValueIndex) => string | undefined): string | undefined {
    return firstOf(this.#options.values, find)
  }

  #inForms(text: string, depth: number): string | undefined {
    if (depth === 0) return undefined
    const unescaped = withoutJsonEscapes(text)
    const decoded = withoutPercentEscapes(text)
    return (
      (unescaped === undefined ? undefined : this.#inText(unescaped, 'JSON-escaped', depth)) ??
      (decoded === undefined ? undefined : this.#inText(decoded, 'percent-encoded', depth)) ??
      (text.includes('\0') ? this.#inText(text.replaceAll('\0', ''), 'UTF-16', depth) : undefined) ??
      firstOf(bytesInText(text), (bytes) => this.#inTexts(wideTexts(bytes), bytes, { form: 'UTF-16', depth })) ??
      this.#inRuns(base64Runs(text), 'base64', depth) ??
      this.#inRuns(hexRuns(text), 'hexadecimal', depth)
    )
  }

  #inText(text: string, form: string, depth: number): string | undefined {
    const found = this.#valueIn(text) ?? this.#options.rules?.inDecoded(text)
    return told(found, form) ?? within(this.#inForms(text, depth - 1), form)
  }

  #inRuns({ long, short, shortText }: ByteRuns, form: string, depth: number): string | undefined {
    const found = firstOf(long, (bytes) => this.#inTexts(textsInBytes(bytes), bytes, { form, depth }))
    if (found !== undefined) return found
    const known = this.#valueIn(shortText) ?? this.#first((index) => index.findInBytes(short))
    return told(known, form) ?? within(this.#inForms(shortText, depth - 1), form)
  }

  /** In what bytes say as text, and in the bytes themselves. */
  #inTexts(texts: Iterable<string>, bytes: Uint8Array, { form, depth }: Place): string | undefined {
    const found = firstOf(texts, (text) => this.#inText(text, form, depth))
    if (found !== undefined) return found
    const known = this.#first((index) => index.findInBytes(bytes))
    return told(known, form)
  }
}

interface Place {
  readonly form: string
  readonly depth: number
}

function firstOf<T>(all: Iterable<T>, find: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = find(one)
    if (found !== undefined) return found
  }
  return undefined
}

/** Keys and values of the body in order, without what is let through. The name of the model comes from the settings of this edge. */
function stringsOf(text: string, lets: ReadonlySet<string>): readonly string[] {
  const leaves = jsonLeaves(text)
  if (leaves === undefined) return [text]
  const isModel = leaves[0]?.kind === 'key' && leaves[0].value === 'model'
  return leaves.slice(isModel ? 2 : 0).flatMap(({ value }) => (lets.has(value) ? [] : [value]))
}

function units(text: string): Units {
  const all = new Uint16Array(text.length)
  for (let at = 0; at < text.length; at += 1) all[at] = text.charCodeAt(at)
  return all
}

function told(entity: string | undefined, form: string): string | undefined {
  return entity === undefined ? undefined : `it holds ${entity}, ${form}`
}

/** Tells the outer form of what was found in an inner one. */
function within(found: string | undefined, form: string): string | undefined {
  return found === undefined ? undefined : `${found} inside of ${form} text`
}
