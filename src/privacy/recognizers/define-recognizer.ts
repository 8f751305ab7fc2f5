import type { Entity, Finding, Recognizer } from './recognizer.ts'
import { type Scan, scanText } from './scan/scan.ts'

/** Takes one stretch [start, end) with its score, 0..1. */
export type Report = (start: number, end: number, score: number) => void

/** A recognizer that can share one scan of the text with all others. */
export interface ScanRecognizer extends Recognizer {
  findIn(scan: Scan): readonly Finding[]
}

export interface RecognizerDefinition {
  readonly name: string
  readonly entity: Entity
  /** Reports what it finds, in any order. Takes time linear in the text. */
  readonly search: (scan: Scan, report: Report) => void
}

/** A recognizer from its search. */
export function defineRecognizer({ name, entity, search }: RecognizerDefinition): ScanRecognizer {
  const findIn = (scan: Scan): readonly Finding[] => {
    const findings: Finding[] = []
    search(scan, (start, end, score) => findings.push({ entity, start, end, score, recognizer: name }))
    return findings
  }
  return { name, entities: [entity], findIn, find: (text) => withoutRepeats(findIn(scanText(text))) }
}

/** Two labels may announce one value. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.start}-${finding.end}`, finding])).values()]
}
