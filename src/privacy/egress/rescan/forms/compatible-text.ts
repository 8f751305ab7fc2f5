import { foldTypography } from '../../../recognizers/scan/fold-typography.ts'
import { withoutInvisible } from '../../../recognizers/scan/visible-text.ts'

const beyondAscii = /[^\0-\x7f]/

/**
 * The text with letters and digits of every style, blanks, dashes, combining accents and invisible characters as anybody would type it; undefined when it is that
 * already.
 */
export function compatibleText(text: string): string | undefined {
  if (!beyondAscii.test(text)) return undefined
  const compatible = foldTypography(withoutInvisible(text).normalize('NFKC'))
  return compatible === text ? undefined : compatible
}

/** The lines of a text that differ from their compatible form by more than accents, each with that form. */
export function* linesOfOtherLetters(text: string): Generator<readonly [line: string, compatible: string]> {
  if (!beyondAscii.test(text)) return
  for (const line of text.split('\n')) {
    if (!beyondAscii.test(line)) continue
    const compatible = line.normalize('NFKC')
    if (compatible !== line.normalize('NFC')) yield [line, compatible]
  }
}
