const isUnusual = /\p{M}|[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\uff01-\uff5e]/u
const invisible = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g

/** The text with full-width letters, combining accents and invisible characters as anybody would type it; undefined when it is that already. */
export function compatibleText(text: string): string | undefined {
  return isUnusual.test(text) ? text.replace(invisible, '').normalize('NFKC') : undefined
}
