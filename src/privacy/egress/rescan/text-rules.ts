import type { PrivacyPolicy } from '../../../spec/privacy-policy.ts'
import { readDocument } from '../../guard/document.ts'
import { type Judged, judge } from '../../guard/inspect.ts'
import type { Detector, Entity } from '../../recognizers/recognizer.ts'

/** Which classes of data a text of a body holds that may not leave. Gives the class of the first finding. */
export interface TextRules {
  /** In texts that the guard has read: what policy keeps at the edge. */
  inPlain(texts: readonly string[]): string | undefined
  /** In a line that says more once its letters are those that anybody would type: whatever policy does not let out as it is, and the guard could not see. */
  inCompatible(line: string, compatible: string): string | undefined
  /** In texts that were encoded, where nothing could be replaced: whatever policy does not let out as it is. Throws a RangeError for too much of them. */
  inDecoded(texts: readonly string[]): string | undefined
  /** The same in what addresses of images say: that they are addresses does not count, and nothing does where policy lets images out as they are. */
  inAddresses(texts: readonly string[]): string | undefined
}

export interface TextRulesOptions {
  readonly detector: Detector
  readonly policy: PrivacyPolicy
}

/** The guard has read these a moment ago; a long body is not read twice. */
const mostPlain = 65_536
/** Recognizers read so much encoded text of one body; about 50 ms. */
const mostDecoded = 1_048_576
/** What is shorter says nothing without words around it. */
const shortestDecoded = 8
/** Bytes that are read as Chinese by mistake are short. */
const shortestForeign = 16

const ascii = /[\x20-\x7e]/

/** Rules for one body. */
export function createTextRules({ detector, policy }: TextRulesOptions): TextRules {
  let decoded = 0
  const count = (length: number) => {
    decoded += length
    if (decoded > mostDecoded) throw new RangeError(`it holds more than ${mostDecoded} characters of encoded text`)
  }
  const inEncoded = (texts: readonly string[]) => {
    const text = texts.filter(saysSomething).join('\n')
    count(text.length)
    return findings(text, { detector, policy })
  }
  return {
    inPlain(texts) {
      let read = 0
      for (const text of texts) {
        if (text.length < shortestDecoded) continue
        read += text.length
        if (read > mostPlain) return undefined
        const { reading } = readDocument(text, { mustParse: false })
        const found = findings(reading, { detector, policy }).find(({ action }) => action === 'keep')
        if (found !== undefined) return found.entity
      }
      return undefined
    },
    inCompatible(line, compatible) {
      if (compatible.length < shortestDecoded) return undefined
      count(line.length + compatible.length)
      const seen = new Map<Entity, number>()
      for (const { entity } of findings(line, { detector, policy })) seen.set(entity, (seen.get(entity) ?? 0) + 1)
      return findings(compatible, { detector, policy }).find(({ entity, action }) => {
        const left = seen.get(entity) ?? 0
        seen.set(entity, left - 1)
        return action !== 'allow' && left <= 0
      })?.entity
    },
    inDecoded: (texts) => inEncoded(texts).find(({ action }) => action !== 'allow')?.entity,
    inAddresses: (texts) => {
      if (policy.attachments === 'allow') return undefined
      return inEncoded(texts).find(({ entity, action }) => entity !== 'URL' && action !== 'allow')?.entity
    },
  }
}

function saysSomething(text: string): boolean {
  return text.length >= shortestDecoded && (text.length >= shortestForeign || ascii.test(text))
}

function findings(text: string, { detector, policy }: TextRulesOptions): readonly Judged[] {
  return judge(detector.detect(text), text, policy).filter(({ start, end }) => !isReplaced(text, start, end))
}

/** Pseudonyms and labels stand where something was taken out. */
function isReplaced(text: string, start: number, end: number): boolean {
  return /^\W*\[[A-Z]+(_\d+(_[A-Z]+)?)?\]/.test(text.slice(Math.max(0, start - 1), end + 1))
}
