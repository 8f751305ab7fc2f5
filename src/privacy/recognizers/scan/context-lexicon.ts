import { type ContextKind, contextWords } from './context-words.ts'

/** One way a word or phrase that begins with a certain first word may go on. */
export interface Phrase {
  readonly kind: ContextKind
  /** What follows the first word, normalised; empty for a single word. */
  readonly rest: string
}

const wide = /[\u3400-\u9fff]/

/** 1 where the hash of a word's letters may belong to the first word of a phrase. */
export const mayBegin = new Uint8Array(65_536)

/** Phrases by their first word in lower case, the longest first. */
export const phrases: ReadonlyMap<string, readonly Phrase[]> = collectPhrases()

/** Chinese phrases with what they tell, the longest first: they have no borders of words. */
export const hanPhrases: ReadonlyMap<string, readonly ContextKind[]> = collectHanPhrases()

/** Folds a letter for the hash: ASCII and Latin-1 capitals become small, anything wider stays. */
export function foldLetter(code: number): number {
  return code < 256 ? code | 0x20 : code
}

/** One step of the hash of a word. */
export function hashStep(hash: number, code: number): number {
  return (Math.imul(hash, 31) + foldLetter(code)) & 0xffff
}

/** Lower case with every joint between words as one space. Keeps the length. */
export function normalise(text: string): string {
  return text.toLowerCase().replaceAll(/[_\-\u00a0.]/g, ' ')
}

function collectPhrases(): ReadonlyMap<string, readonly Phrase[]> {
  const found = new Map<string, Phrase[]>()
  for (const { kind, phrase } of allPhrases()) {
    if (wide.test(phrase)) continue
    const first = /^[a-zà-ÿªº]+/.exec(phrase)?.[0] ?? phrase
    const known = found.get(first) ?? []
    known.push({ kind, rest: normalise(phrase.slice(first.length)) })
    found.set(first, known)
    let hash = 0
    for (let index = 0; index < first.length; index++) hash = hashStep(hash, first.charCodeAt(index))
    mayBegin[hash] = 1
  }
  for (const known of found.values()) known.sort((a, b) => b.rest.length - a.rest.length)
  return found
}

function collectHanPhrases(): ReadonlyMap<string, readonly ContextKind[]> {
  const found = new Map<string, ContextKind[]>()
  for (const { kind, phrase } of allPhrases()) {
    if (wide.test(phrase)) found.set(phrase, [...(found.get(phrase) ?? []), kind])
  }
  return new Map([...found].sort(([a], [b]) => b.length - a.length))
}

function allPhrases(): readonly { readonly kind: ContextKind; readonly phrase: string }[] {
  return (Object.keys(contextWords) as ContextKind[]).flatMap((kind) =>
    contextWords[kind].split('|').map((phrase) => ({ kind, phrase })),
  )
}
