import { compileCustomRecognizers } from './recognizers/custom/compile.ts'
import type { CustomRecognizer } from './recognizers/custom/custom-recognizers.ts'
import type { AgesCounted } from './recognizers/dates/age.ts'
import type { Detector, Finding } from './recognizers/recognizer.ts'
import { builtInRecognizers } from './recognizers/registry.ts'
import { resolveOverlaps } from './recognizers/resolve-overlaps.ts'
import { scanText } from './recognizers/scan/scan.ts'

/** What scores less is no finding: a form that also means something else, without a word that decides it. */
export const leastScore = 0.4

export interface DetectorOptions {
  /** The policy's own recognizers. */
  readonly custom?: readonly CustomRecognizer[]
  /** Which ages count; default `over-89`, as HIPAA's Safe Harbor has it. */
  readonly ages?: AgesCounted
}

/** All built-in recognizers and the policy's own over one scan of the text. Throws `config-invalid` for a custom recognizer that cannot be used. */
export function createDetector({ custom = [], ages = 'over-89' }: DetectorOptions = {}): Detector {
  const builtIn = builtInRecognizers({ ages })
  const own = compileCustomRecognizers(custom)
  return {
    detect(text) {
      const scan = scanText(text)
      const found: Finding[] = []
      for (const recognizer of builtIn) addTo(found, recognizer.findIn(scan))
      for (const recognizer of own) addTo(found, recognizer.find(text))
      return resolveOverlaps(text, found)
    },
  }
}

function addTo(found: Finding[], findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (finding.score >= leastScore && finding.end > finding.start) found.push(finding)
  }
}
