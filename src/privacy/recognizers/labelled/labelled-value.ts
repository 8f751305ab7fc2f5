import { defineRecognizer, type ScanRecognizer } from '../define-recognizer.ts'
import { matchEnd } from '../match-at.ts'
import type { Entity } from '../recognizer.ts'
import type { ContextKind } from '../scan/context-words.ts'

/** What may stand between a label and its value: "No.", "number is", ":", "#", quotes. Bounded, so that reading it costs a constant. */
const bridge =
  /\.?(?:["'*)\]]{0,3}[ \t]{0,8}(?:(?:no|nr|num|number|numero|número|nummer|numéro|id|code|is|was|es|ist|est|nhc)(?![A-Za-zÀ-ÿ])\.?|n[º°]\.?|[:：=#＃是为])){0,4}["'*([]{0,3}[ \t\u3000-]{0,8}["'*]{0,2}/iy

export interface LabelledValue {
  readonly name: string
  readonly entity: Entity
  /** The context words that announce the value. */
  readonly label: ContextKind
  /** Sticky and bounded; what it matches is the value. */
  readonly value: RegExp
  /** Judges what the pattern matched. */
  readonly isValue?: (value: string) => boolean
  readonly score: number
  /** True when a sign or word of assignment must stand between label and value; default false. */
  readonly needsBridge?: boolean
  /** Judges the value together with what stands between label and value. */
  readonly isClear?: (value: string, bridge: string) => boolean
}

/** Where the value behind a label begins. */
export function valueStart(text: string, labelEnd: number): number {
  return Math.max(labelEnd, matchEnd(bridge, text, labelEnd))
}

/** A recognizer for values that only the word before them gives away. */
export function labelledValue(definition: LabelledValue): ScanRecognizer {
  const { name, entity, label, value, isValue, score, needsBridge = false, isClear } = definition
  return defineRecognizer({
    name,
    entity,
    search(scan, report) {
      const { text } = scan
      const labels = scan.context(label)
      for (let index = 0; index < labels.count; index++) {
        const start = valueStart(text, labels.end(index))
        const end = matchEnd(value, text, start)
        if (end === -1 || (start === labels.end(index) && /\w/.test(text[start - 1] ?? ''))) continue
        if (needsBridge && !/[:：=是为]|is|es|ist|est/i.test(text.slice(labels.end(index), start))) continue
        const found = text.slice(start, end)
        if (isClear !== undefined && !isClear(found, text.slice(labels.end(index), start))) continue
        if (isValue === undefined || isValue(found)) report(start, end, score)
      }
    },
  })
}

/** Letters, digits and joints, with at least `least` digits. */
export function hasDigits(least: number): (value: string) => boolean {
  return (value) => value.replaceAll(/\D/g, '').length >= least
}
