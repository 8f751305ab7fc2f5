/** One token of the name model, [start, end) in UTF-16 units. */
export interface NameToken {
  readonly start: number
  readonly end: number
}

const tokenPattern = /\n|\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{M}])+|\p{N}+|[^\p{White_Space}]/gu

/** The tokens of a text in order: Chinese characters, words, runs of digits, line breaks, other characters. White space is none. Linear. */
export function nameTokens(text: string): readonly NameToken[] {
  const tokens: NameToken[] = []
  for (const match of text.matchAll(tokenPattern)) {
    tokens.push({ start: match.index, end: match.index + match[0].length })
  }
  return tokens
}
