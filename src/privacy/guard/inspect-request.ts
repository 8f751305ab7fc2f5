import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { PrivacyAction, PrivacyPolicy } from '../../spec/privacy-policy.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { Finding } from '../recognizers/recognizer.ts'
import { collectTexts, type RequestText } from './collect-texts.ts'
import { inTime } from './in-time.ts'
import { type Judged, judge, type TextDetector } from './inspect.ts'

export interface InspectOptions {
  readonly policy: PrivacyPolicy
  readonly detector: TextDetector | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface InspectedText extends RequestText {
  readonly judged: readonly Judged[]
}

/** What was found in a request. */
export interface Inspection {
  readonly texts: ReadonlyMap<string, InspectedText>
  readonly findings: Readonly<Record<string, number>>
  readonly actions: Readonly<Partial<Record<PrivacyAction, number>>>
  /** Why the request must stay, and whether that is for what was found (then its conversation stays too) or because nobody could tell. */
  readonly refusal?: { readonly because: string; readonly isFound: boolean }
}

/** Text is looked through for so long before other requests get a turn. */
const turnMs = 15

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

async function inspectTexts(
  texts: ReadonlyMap<string, RequestText>,
  inspected: Map<string, InspectedText>,
  { policy, detector, clock, signal }: InspectOptions,
): Promise<void> {
  if (detector === undefined) throw new EdgewiseError('internal', 'there is no detector to look through it')
  const deadlineAt = clock.monotonic() + policy.detectorDeadlineMs
  let turnEndsAt = clock.monotonic() + turnMs
  for (const [key, text] of texts) {
    const detect = async (read: string) => {
      const findings = await inTime(() => detector.detect(read, signal), deadlineAt, clock)
      if (findings === undefined) throw late(policy)
      return judge(findings, read, policy)
    }
    inspected.set(key, { ...text, judged: isRead(text, policy) ? await judgeText(text, detect, policy) : [] })
    if (clock.monotonic() < turnEndsAt) continue
    await clock.delay(0, signal)
    turnEndsAt = clock.monotonic() + turnMs
  }
}

/** What is found in a text: as it reads, as it is written, and by where it stands. */
async function judgeText(
  text: RequestText,
  detect: (read: string) => Promise<readonly Judged[]>,
  policy: PrivacyPolicy,
): Promise<readonly Judged[]> {
  const { reading, written } = text.document
  const read = [...(await detect(reading)), ...judge(participant(text), reading, policy)]
  if (written === undefined || written.text === reading) return read
  const asWritten = (await detect(written.text)).flatMap((found) =>
    written.locate(found).map((range) => ({ ...found, ...range })),
  )
  const known = new Set(read.map(placeOf))
  return [...read, ...asWritten.filter((found) => !known.has(placeOf(found)))]
}

function placeOf({ entity, start, end }: Judged): string {
  return `${entity} ${start} ${end}`
}

function late({ detectorDeadlineMs }: PrivacyPolicy): EdgewiseError {
  const because = `looking through it took longer than policy.privacy.detectorDeadlineMs (${detectorDeadlineMs} ms)`
  return new EdgewiseError('deadline-exceeded', because)
}

/** Ids that join calls and results are replaced whatever they say; an image that may leave as it is need not be read. */
function isRead({ kind, text }: RequestText, { attachments }: PrivacyPolicy): boolean {
  return kind !== 'call-id' && !(kind === 'image' && (attachments === 'allow' || !isAddress(text)))
}

function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

/** Words for a part in a conversation; they name nobody. */
const roles = /^(user|assistant|system|developer|tool|function|bot|agent|human|ai|example_(user|assistant))$/i

/** The name of a participant is somebody's name, whatever a recognizer thinks of it. */
function participant({ kind, text }: RequestText): readonly Finding[] {
  if (kind !== 'participant' || roles.test(text)) return []
  return [{ entity: 'PERSON', start: 0, end: text.length, score: 1, recognizer: 'participant' }]
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
