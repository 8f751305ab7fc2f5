import type { Decision } from '../../spec/decision.ts'

/** What a support bundle tells of a decision: all of it but the words that a caller chose (names of models and conversations) and which key asked. */
export function safeDecision({
  requestedModel: _model,
  conversation: _name,
  keyId: _key,
  ...decision
}: Decision): object {
  return decision
}
