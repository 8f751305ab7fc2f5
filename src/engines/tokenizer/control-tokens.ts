/**
 * Control tokens (`<|end|>`, `<s>`) steer a model, so only the chat template may write them, never a caller. Inside the tokenizer they go by
 * secret names, made of characters that are taken out of every caller's text. `protect` breaks what looks like a control token in a caller's
 * text before the template is rendered; `reveal` then gives the unbroken ones, which the template wrote, their secret names and mends the others.
 */
export interface ControlTokens {
  /** Name under which the tokenizer knows the control token; other texts come back unchanged. */
  secretName(content: string): string
  /** A caller's text, safe to put into a template: well-formed Unicode in which no control token can be read. */
  protect(text: string): string
  /** Rendered text, ready to be encoded. */
  reveal(rendered: string): string
}

// Unicode noncharacters: never part of text that is meant for others.
const wedge = '\u{FDD0}'
const open = '\u{FDD1}'
const close = '\u{FDD2}'
const reserved = /[\u{FDD0}-\u{FDD2}]/gu
const wedges = /\u{FDD0}/gu

/** Protection for control tokens with these texts. */
export function createControlTokens(contents: readonly string[]): ControlTokens {
  const names = new Map(contents.map((content, index) => [content, `${open}${index}${close}`]))
  // Longest first: `<|end|>` must not be taken for `<|end`.
  const alternatives = [...names.keys()].filter((content) => content !== '').sort((a, b) => b.length - a.length)
  const pattern = alternatives.length === 0 ? undefined : new RegExp(alternatives.map(escapePattern).join('|'), 'gu')
  return {
    secretName: (content) => names.get(content) ?? content,
    protect(text) {
      const clean = text.toWellFormed().replace(reserved, '\u{FFFD}')
      return pattern === undefined ? clean : clean.replace(pattern, breakUp)
    },
    reveal(rendered) {
      const named =
        pattern === undefined ? rendered : rendered.replace(pattern, (content) => names.get(content) ?? content)
      return named.replace(wedges, '')
    },
  }
}

/** A wedge between all characters: no shorter control token may be left inside the pieces. */
function breakUp(content: string): string {
  return [...content].join(wedge)
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
