import type { Tokenizer } from '../tokenizer/tokenizer.ts'

/** Tokens to text, as they come. */
export interface Detokenizer {
  /** Text that is complete with this token: whole characters only, nothing for control tokens. */
  push(id: number): string
  /** What is left of a broken-off character, as U+FFFD. */
  flush(): string
}

/** Turns one answer into text. `continues`: it goes on behind other text, so its first space is shown. */
export function createDetokenizer(
  tokenizer: Pick<Tokenizer, 'bytesOf' | 'isControl' | 'stripsFirstSpace'>,
  continues = false,
): Detokenizer {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let isFirst = tokenizer.stripsFirstSpace && !continues

  function show(text: string): string {
    if (!isFirst || text === '') return text
    isFirst = false
    return text.startsWith(' ') ? text.slice(1) : text
  }

  return {
    push: (id) => (tokenizer.isControl(id) ? '' : show(decoder.decode(tokenizer.bytesOf(id), { stream: true }))),
    flush: () => show(decoder.decode()),
  }
}
