import { defineRecognizer, type ScanRecognizer } from '../define-recognizer.ts'
import { isWordUnit, matchEnd } from '../match-at.ts'
import { isNear } from '../scan/nearby.ts'

export interface NationalId {
  readonly name: string
  /** Sticky, bounded, from the first unit on. */
  readonly pattern: RegExp
  /** How many digits the first run of them may have. */
  readonly firstRun: readonly number[]
  /** Letters before the first digit. */
  readonly letters?: number
  /** Judges the number without its joints, in upper case. */
  readonly isValid: (compact: string) => boolean
  /** Score of a valid number as it is written (with its joints). Under 0.4 it needs a context word. */
  readonly score: (written: string) => number
}

/** A recognizer for numbers that a state gives its people; a word for such a number nearby raises the score. */
export function nationalId({ name, pattern, firstRun, letters = 0, isValid, score }: NationalId): ScanRecognizer {
  const mayBegin = Array.from({ length: 20 }, (_, length) => firstRun.includes(length))
  return defineRecognizer({
    name,
    entity: 'NATIONAL_ID',
    search(scan, report) {
      const { text, digits } = scan
      for (let index = 0; index < digits.count; index++) {
        if (!mayBegin[digits.end(index) - digits.start(index)]) continue
        const start = digits.start(index) - letters
        if (start < 0 || isWordUnit(text, start - 1) || /\d[-.]$/.test(text.slice(Math.max(0, start - 2), start)))
          continue
        const end = matchEnd(pattern, text, start)
        if (end === -1 || isWordUnit(text, end)) continue
        const written = text.slice(start, end)
        if (!isValid(written.replaceAll(/[\s.\-/]/g, '').toUpperCase())) continue
        const isNamed = isNear(scan, 'nationalId', { start, end }, { before: 48, after: 16 })
        report(start, end, isNamed ? 0.95 : score(written))
      }
    },
  })
}
