import type { InspectBytes } from '../../../spec/outbound.ts'
import { isAddress } from '../../guard/inspect-texts.ts'
import { jsonLeaves } from '../../guard/json-leaves.ts'
import type { Entity } from '../../recognizers/recognizer.ts'
import { partsOfAddress, readableAddress, wordsOfAddress } from './forms/address-text.ts'
import { base64Runs } from './forms/base64-runs.ts'
import type { ByteRuns } from './forms/byte-runs.ts'
import { bytesInText } from './forms/bytes-in-text.ts'
import { compatibleText, linesOfOtherLetters } from './forms/compatible-text.ts'
import { hexRuns } from './forms/hex-runs.ts'
import { withoutJsonEscapes } from './forms/json-escapes.ts'
import { withoutPercentEscapes } from './forms/percent-escapes.ts'
import { textsInBytes, wideTexts } from './forms/texts-in-bytes.ts'
import type { TextRules } from './text-rules.ts'
import type { Units, ValueIndex } from './value-index.ts'

export interface RescanOptions {
  /** Values that must not leave. */
  readonly values: readonly ValueIndex[]
  /** Images, which the guard has judged as a whole and lets through; what their addresses say is looked at here too. */
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
  /** The class that what is looked through has anyway. */
  readonly #except: Entity | undefined

  constructor(options: RescanOptions, except?: Entity) {
    this.#options = options
    this.#except = except
  }

  inBody(text: string): string | undefined {
    const { lets, rules } = this.#options
    const { strings, addresses } = stringsOf(text, lets)
    const content = strings.join('\n')
    const compatible = compatibleText(content)
    return (
      told(this.#valueIn(content), 'plain') ??
      (compatible === undefined ? undefined : told(this.#valueIn(compatible), 'Unicode-compatible')) ??
      told(rules?.inPlain(strings), 'plain') ??
      told(this.#inOtherLetters(content), 'Unicode-compatible') ??
      this.#inForms(content, deepest) ??
      this.#forAddresses().#inAddresses(addresses)
    )
  }

  #forAddresses(): Rescan {
    const { rules, ...options } = this.#options
    const lenient = rules === undefined ? {} : { rules: { ...rules, inDecoded: rules.inAddresses } }
    return new Rescan({ ...options, ...lenient }, 'URL')
  }

  #inAddresses(addresses: readonly string[]): string | undefined {
    if (addresses.length === 0) return undefined
    const text = addresses.flatMap((address) => [address, readableAddress(address), wordsOfAddress(address)]).join('\n')
    const found =
      told(this.#valueIn(text), 'plain') ??
      told(this.#valueIn(compatibleText(text) ?? ''), 'Unicode-compatible') ??
      told(this.#options.rules?.inAddresses(addresses.map(partsOfAddress)), 'plain') ??
      this.#inForms(text, deepest)
    return found === undefined ? undefined : `${found}, in the address of an image`
  }

  #inOtherLetters(text: string): string | undefined {
    const { rules } = this.#options
    return rules && firstOf(linesOfOtherLetters(text), ([line, compatible]) => rules.inCompatible(line, compatible))
  }

  #valueIn(text: string): string | undefined {
    return this.#first((index) => index.findInText(units(text), this.#except))
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
      this.#inWide(text, depth) ??
      this.#inRuns(base64Runs(text), 'base64', depth) ??
      this.#inRuns(hexRuns(text), 'hexadecimal', depth)
    )
  }

  #inText(text: string, form: string, depth: number): string | undefined {
    return this.#inTexts([text], form, depth)
  }

  /** In texts that were encoded, all of them in one look. */
  #inTexts(texts: readonly string[], form: string, depth: number): string | undefined {
    if (texts.length === 0) return undefined
    const text = texts.join('\n')
    const found = this.#valueIn(text) ?? this.#options.rules?.inDecoded(texts)
    return told(found, form) ?? within(this.#inForms(text, depth - 1), form)
  }

  #inWide(text: string, depth: number): string | undefined {
    const stretches = bytesInText(text)
    const found = this.#inTexts(
      stretches.flatMap((bytes) => [...wideTexts(bytes)]),
      'UTF-16',
      depth,
    )
    return found ?? firstOf(stretches, (bytes) => told(this.#inBytes(bytes), 'UTF-16'))
  }

  #inRuns({ long, shortText, all }: ByteRuns, form: string, depth: number): string | undefined {
    const found = this.#inTexts(long.flatMap(textsInBytes), form, depth)
    if (found !== undefined) return found
    const known = this.#valueIn(shortText) ?? this.#inBytes(all)
    return told(known, form) ?? within(this.#inForms(shortText, depth - 1), form)
  }

  #inBytes(bytes: Uint8Array): string | undefined {
    return this.#first((index) => index.findInBytes(bytes, this.#except))
  }
}

function firstOf<T>(all: Iterable<T>, find: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = find(one)
    if (found !== undefined) return found
  }
  return undefined
}

interface BodyStrings {
  /** Keys and values of the body in order, without what is let through. The name of the model comes from the settings of this edge. */
  readonly strings: readonly string[]
  /** What is let through and stands somewhere else: an image in the body itself cannot be read. */
  readonly addresses: readonly string[]
}

function stringsOf(text: string, lets: ReadonlySet<string>): BodyStrings {
  const leaves = jsonLeaves(text)
  if (leaves === undefined) return { strings: [text], addresses: [] }
  const isModel = leaves[0]?.kind === 'key' && leaves[0].value === 'model'
  const values = leaves.slice(isModel ? 2 : 0).map(({ value }) => value)
  return {
    strings: values.filter((value) => !lets.has(value)),
    addresses: values.filter((value) => lets.has(value) && isAddress(value)),
  }
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
