import { compileCustomRecognizers } from './recognizers/custom/compile.ts'
import type { CustomRecognizer } from './recognizers/custom/custom-recognizers.ts'
import type { AgesCounted } from './recognizers/dates/age.ts'
import type { Detector, Finding } from './recognizers/recognizer.ts'
import { builtInRecognizers } from './recognizers/registry.ts'
import { resolveOverlaps } from './recognizers/resolve-overlaps.ts'
import { foldTypography } from './recognizers/scan/fold-typography.ts'
import { scanText } from './recognizers/scan/scan.ts'
import { visibleText } from './recognizers/scan/visible-text.ts'

/** What scores less is no finding: a form that also means something else, without a word that decides it. */
export const leastScore = 0.4

const beyondAscii = /[^\0-\x7f]/

export interface DetectorOptions {
  /** The policy's own recognizers. */
  readonly custom?: readonly CustomRecognizer[]
  /** Which ages count; default `over-89`, as HIPAA's Safe Harbor has it. */
  readonly ages?: AgesCounted
}

/**
 * All built-in recognizers and the policy's own over one scan of the text; over a second one where the text has invisible characters, or blanks, dashes, digits or
 * full-width letters outside of ASCII: there without the former, and with the latter as ASCII writes them. Throws `config-invalid` for a custom recognizer that cannot be used.
 */
export function createDetector({ custom = [], ages = 'over-89' }: DetectorOptions = {}): Detector {
  const builtIn = builtInRecognizers({ ages })
  const own = compileCustomRecognizers(custom)
  const read = (text: string): readonly Finding[] => {
    const scan = scanText(text)
    const found: Finding[] = []
    for (const recognizer of builtIn) addTo(found, recognizer.findIn(scan))
    for (const recognizer of own) addTo(found, recognizer.find(text))
    return found
  }
  return {
    detect(text) {
      const found = read(text)
      if (!beyondAscii.test(text)) return resolveOverlaps(text, found)
      const visible = visibleText(text)
      const folded = foldTypography(visible?.text ?? text)
      if (folded === text) return resolveOverlaps(text, found)
      const again = read(folded).map((finding) => ({ ...finding, ...visible?.placeOf(finding) }))
      return resolveOverlaps(text, withoutRepeats([...found, ...again]))
    },
  }
}

/** What was found in two readings of a text counts once. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const best = new Map<string, Finding>()
  for (const finding of findings) {
    const key = `${finding.entity} ${finding.start} ${finding.end}`
    if ((best.get(key)?.score ?? 0) < finding.score) best.set(key, finding)
  }
  return [...best.values()]
}

function addTo(found: Finding[], findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (finding.score >= leastScore && finding.end > finding.start) found.push(finding)
  }
}
