import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { PrivacyPolicy } from '../../spec/privacy-policy.ts'
import type { Finding } from '../recognizers/recognizer.ts'
import type { RequestText } from './collect-texts.ts'
import { inTime } from './in-time.ts'
import { type DetectedText, type Judged, judge, type TextDetector } from './inspect.ts'
import { schemaProse } from './schema-prose.ts'

export interface InspectOptions {
  readonly policy: PrivacyPolicy
  readonly detector: TextDetector | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface InspectedText extends RequestText {
  readonly judged: readonly Judged[]
}

/** Text is looked through for so long before other requests get a turn. */
const turnMs = 15

/** Looks through texts, and adds each to `inspected` once something is known of it. Throws what the detector throws, and when it is missing or late. */
export async function inspectTexts(
  texts: ReadonlyMap<string, RequestText>,
  inspected: Map<string, InspectedText>,
  options: InspectOptions,
): Promise<void> {
  const { policy, detector, clock, signal } = options
  if (detector === undefined) throw new EdgewiseError('internal', 'there is no detector to look through it')
  const deadlineAt = clock.monotonic() + policy.detectorDeadlineMs
  let turnEndsAt = clock.monotonic() + turnMs
  const read: ReadText[] = []
  const detect = async (given: string) => {
    const findings = await inTime(() => detector.detect(given, signal), deadlineAt, clock)
    if (findings === undefined) throw late(policy)
    return findings
  }
  for (const [key, text] of texts) {
    const found = isRead(text, policy) ? { key, text, ...(await readText(text, detect, policy)) } : undefined
    inspected.set(key, found === undefined ? { ...text, judged: [] } : judged(found, policy))
    if (found !== undefined) read.push(found)
    if (clock.monotonic() < turnEndsAt) continue
    await clock.delay(0, signal)
    turnEndsAt = clock.monotonic() + turnMs
  }
  for (const found of await complete(read, deadlineAt, options)) inspected.set(found.key, judged(found, policy))
}

/** What was found in a text as it reads, and as it is written, there at its place in the reading. */
interface ReadText {
  readonly key: string
  readonly text: RequestText
  readonly findings: readonly Finding[]
  readonly asWritten: readonly Judged[]
}

async function readText(
  { document: { reading, written } }: RequestText,
  detect: (text: string) => Promise<readonly Finding[]>,
  policy: PrivacyPolicy,
): Promise<Pick<ReadText, 'findings' | 'asWritten'>> {
  const findings = await detect(reading)
  if (written === undefined || written.text === reading) return { findings, asWritten: [] }
  const asWritten = judge(await detect(written.text), written.text, policy).flatMap((found) =>
    written.locate(found).map((range) => ({ ...found, ...range })),
  )
  return { findings, asWritten }
}

/** The texts that were read, with what a detector finds that looks at all of them together. */
async function complete(
  read: readonly ReadText[],
  deadlineAt: number,
  { policy, detector, clock, signal }: InspectOptions,
): Promise<readonly ReadText[]> {
  const look = detector?.complete
  if (look === undefined || read.length === 0) return []
  const texts = read.map(detectedText)
  const leaving = new AbortController()
  const completed = await inTime(() => look(texts, AbortSignal.any([signal, leaving.signal])), deadlineAt, clock)
  if (completed === undefined) {
    leaving.abort()
    throw late(policy)
  }
  return read.map((found, index) => {
    const findings = completed[index]
    if (findings === undefined) throw new RangeError(`the detector gave ${completed.length} of ${read.length} texts`)
    return { ...found, findings }
  })
}

function detectedText({ text: { kind, text, document }, findings }: ReadText): DetectedText {
  return { text: document.reading, findings, ...(kind === 'schema' ? { prose: schemaProse(text) } : {}) }
}

/** A finding in a text counts as it reads, as it is written, and by where it stands. */
function judged({ text, findings, asWritten }: ReadText, policy: PrivacyPolicy): InspectedText {
  const read = judge([...findings, ...participant(text)], text.document.reading, policy)
  const known = new Set(read.map(placeOf))
  return { ...text, judged: [...read, ...asWritten.filter((found) => !known.has(placeOf(found)))] }
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

/** False for an image that stands in the request itself. */
export function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

/** Words for a part in a conversation; they name nobody. */
const roles = /^(user|assistant|system|developer|tool|function|bot|agent|human|ai|example_(user|assistant))$/i

/** The name of a participant is somebody's name, whatever a recognizer thinks of it. */
function participant({ kind, text }: RequestText): readonly Finding[] {
  if (kind !== 'participant' || roles.test(text)) return []
  return [{ entity: 'PERSON', start: 0, end: text.length, score: 1, recognizer: 'participant' }]
}
