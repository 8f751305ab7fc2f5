import type { PrivacyAction, PrivacyPolicy } from '../../spec/privacy-policy.ts'
import { privacyActions, usualActions } from '../../spec/privacy-policy.ts'
import type { Entity, Finding } from '../recognizers/recognizer.ts'

/** Recognizers, or a model that names what it reads. What they throw, or are too slow to say, counts as a finding that must stay. */
export interface TextDetector {
  detect(text: string, signal?: AbortSignal): readonly Finding[] | Promise<readonly Finding[]>
  /** Where something looks at all texts of a request together: takes what `detect` found in each, gives what counts in each. Absent: what `detect` found does. */
  readonly complete?: (texts: readonly DetectedText[], signal: AbortSignal) => Promise<readonly (readonly Finding[])[]>
}

/** A text as it reads, with what was found in it so far. */
export interface DetectedText {
  readonly text: string
  /** What of it is written for people, each word at its place in the text, spaces for the rest; absent: all of it. */
  readonly prose?: string
  readonly findings: readonly Finding[]
}

/** A finding that counts, with what policy says about it. */
export interface Judged {
  readonly entity: Entity
  readonly start: number
  readonly end: number
  readonly action: PrivacyAction
}

/** What policy does with a kind of data. */
export function actionOf(entity: Entity, { classes, defaultAction }: PrivacyPolicy): PrivacyAction {
  return classes[entity] ?? defaultAction ?? usualActions[entity]
}

/** The findings of which the recognizers are sure enough. Throws a RangeError for one that lies outside of the text. */
export function judge(findings: readonly Finding[], text: string, policy: PrivacyPolicy): readonly Judged[] {
  return findings
    .filter(({ score }) => !(score < policy.minScore))
    .map(({ entity, start, end }) => {
      if (!(start >= 0 && start < end && end <= text.length)) {
        throw new RangeError(`a finding of ${entity} reaches from ${start} to ${end} in a text of ${text.length}`)
      }
      return { entity, start, end, action: actionOf(entity, policy) }
    })
}

/** The one of two actions that lets out less. */
export function stricter(a: PrivacyAction, b: PrivacyAction): PrivacyAction {
  return privacyActions.indexOf(a) <= privacyActions.indexOf(b) ? a : b
}
