import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { PrivacyAction, PrivacyPolicy } from '../../spec/privacy-policy.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import { collectTexts } from './collect-texts.ts'
import { type InspectedText, type InspectOptions, inspectTexts, isAddress } from './inspect-texts.ts'

/** What was found in a request. */
export interface Inspection {
  readonly texts: ReadonlyMap<string, InspectedText>
  readonly findings: Readonly<Record<string, number>>
  readonly actions: Readonly<Partial<Record<PrivacyAction, number>>>
  /** Why the request must stay, and whether that is for what was found (then its conversation stays too) or because nobody could tell. */
  readonly refusal?: { readonly because: string; readonly isFound: boolean }
}

/** Looks through every text of a request that may travel. Fails closed: where the detector is missing, throws or is late there is a refusal. */
export async function inspectRequest(request: InferenceRequest, options: InspectOptions): Promise<Inspection> {
  const texts = new Map<string, InspectedText>()
  try {
    await inspectTexts(collectTexts(request), texts, options)
    return concluded(texts, options.policy)
  } catch (thrown) {
    if (options.signal.aborted) throw asEdgewiseError(options.signal.reason)
    const because = thrown instanceof EdgewiseError ? thrown.message : 'the detector failed on it'
    // What was found before it failed still counts.
    const inspection = concluded(texts, options.policy)
    return inspection.refusal?.isFound ? inspection : { ...inspection, refusal: { because, isFound: false } }
  }
}

function concluded(texts: ReadonlyMap<string, InspectedText>, policy: PrivacyPolicy): Inspection {
  const findings: Record<string, number> = {}
  const actions: Partial<Record<PrivacyAction, number>> = {}
  const kept = new Map<string, number>()
  for (const { judged, kind } of texts.values()) {
    for (const { entity, action } of judged) {
      findings[entity] = (findings[entity] ?? 0) + 1
      const done = kind === 'image' && entity !== 'URL' && action !== 'allow' ? 'keep' : action
      actions[done] = (actions[done] ?? 0) + 1
      if (action === 'keep') kept.set(entity, (kept.get(entity) ?? 0) + 1)
    }
  }
  const refusal = kept.size > 0 ? { because: holds(kept), isFound: true } : imageRefusal(texts, policy)
  return { texts, findings, actions, ...(refusal === undefined ? {} : { refusal }) }
}

function holds(kept: ReadonlyMap<string, number>): string {
  const counted = [...kept].map(([entity, count]) => (count === 1 ? entity : `${entity} (${count})`))
  return `it holds ${counted.join(', ')}, which policy.privacy.classes keeps at the edge`
}

function imageRefusal(
  texts: ReadonlyMap<string, InspectedText>,
  { attachments }: PrivacyPolicy,
): Inspection['refusal'] {
  if (attachments === 'allow') return undefined
  for (const { kind, text, judged } of texts.values()) {
    if (kind !== 'image') continue
    if (!isAddress(text))
      return { because: 'nobody can read its image (policy.privacy.attachments is refuse)', isFound: false }
    if (judged.some(({ entity, action }) => entity !== 'URL' && action !== 'allow')) {
      return {
        because: 'the address of its image holds personal data, and another address is another image',
        isFound: false,
      }
    }
  }
  return undefined
}
