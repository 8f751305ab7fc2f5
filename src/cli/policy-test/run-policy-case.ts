import type { Guard } from '../../privacy/guard.ts'
import type { RequestViews } from '../../spec/outbound.ts'
import { type PrivacyAction, privacyActions } from '../../spec/privacy-policy.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { PolicyCase } from './policy-cases.ts'

/** What became of one case; without faults it went as it should. */
export interface CaseResult {
  readonly name: string
  readonly faults: readonly string[]
}

export interface RunCaseOptions {
  readonly guard: Guard
  /** Place in the file, from 1. Each case is a conversation of its own. */
  readonly number: number
  readonly signal: AbortSignal
}

/** Puts one case to the guard and holds what would leave against what is expected. */
export async function runPolicyCase(given: PolicyCase, { guard, number, signal }: RunCaseOptions): Promise<CaseResult> {
  const views = await guard.protect(requestOf(given, number), { keyId: 'policy test', signal })
  const name = given.name ?? `case ${number}`
  return { name, faults: [...actionFaults(given, views), ...textFaults(given, views)] }
}

function requestOf({ input }: PolicyCase, number: number): InferenceRequest {
  const messages = typeof input === 'string' ? [{ role: 'user' as const, content: input }] : input
  const sampling = { temperature: 0, topP: 1, topK: 0 }
  return { id: `case-${number}`, model: 'auto', messages, sampling, stop: [] }
}

function actionFaults({ action }: PolicyCase, views: RequestViews): string[] {
  const actual = actionIn(views)
  return action === undefined || action === actual ? [] : [`action: expected ${action}, but it is ${actual}`]
}

/** The strictest action: what decides how much of the whole is told. */
function actionIn({ sanitised, report }: RequestViews): PrivacyAction {
  if (sanitised === undefined) return 'keep'
  return privacyActions.find((action) => action !== 'keep' && report?.actions[action] !== undefined) ?? 'allow'
}

function textFaults({ leaves }: PolicyCase, { sanitised, keptBecause }: RequestViews): string[] {
  if (leaves === undefined) return []
  if (sanitised === undefined) return leaves === null ? [] : [`leaves: nothing does, because ${keptBecause}`]
  const texts = sanitised.messages.map(({ content }) => String(content))
  if (leaves === null) return [`leaves: expected nothing, but this does: ${JSON.stringify(texts)}`]
  const expected = typeof leaves === 'string' ? [leaves] : leaves
  if (expected.length !== texts.length)
    return [`leaves: expected ${expected.length} texts, but ${texts.length} messages leave`]
  return texts.flatMap((text, index) => {
    return text === expected[index]
      ? []
      : [`leaves: expected ${JSON.stringify(expected[index])}`, `        but it is ${JSON.stringify(text)}`]
  })
}
