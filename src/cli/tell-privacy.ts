import type { Decision } from '../spec/decision.ts'
import { type PrivacyAction, privacyActions } from '../spec/privacy-policy.ts'

const done: Readonly<Record<PrivacyAction, string>> = {
  keep: 'that must stay at the edge',
  redact: 'taken out for good',
  pseudonymise: 'replaced by pseudonyms',
  generalise: 'made less precise',
  allow: 'allowed to leave',
}

/** What the guard found in a request and did about it, in counts; nothing where it did not look. */
export function tellPrivacy({ privacy }: Pick<Decision, 'privacy'>): string[] {
  if (privacy === undefined) return []
  const { mode, findings, actions, keptBecause } = privacy
  const kinds = Object.entries(findings).map(([kind, count]) => `${count} ${kind}`)
  const told = privacyActions.flatMap((action) =>
    actions[action] === undefined ? [] : `${actions[action]} ${done[action]}`,
  )
  const found =
    kinds.length === 0
      ? 'The guard found no personal data.'
      : `The guard found ${kinds.join(', ')}: ${told.join(', ')}.`
  if (mode === 'observe') return [`${found} It only observes (policy.privacy.mode): nothing was done about it.`]
  return [keptBecause === undefined ? found : `${found} The request stayed at the edge, because ${keptBecause}.`]
}
