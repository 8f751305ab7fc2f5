import { asEdgewiseError } from '../spec/errors.ts'
import type { InspectBytes, RequestViews } from '../spec/outbound.ts'
import type { Policy } from '../spec/policy.ts'
import type { Clock } from '../spec/ports.ts'
import type { InferenceRequest } from '../spec/request.ts'
import { systemClock } from '../spec/system-clock.ts'
import { createRescan } from './egress/rescan/rescan.ts'
import { createTextRules } from './egress/rescan/text-rules.ts'
import type { TextDetector } from './guard/inspect.ts'
import { type Inspection, inspectRequest } from './guard/inspect-request.ts'
import type { InspectOptions } from './guard/inspect-texts.ts'
import { type Masked, maskRequest } from './guard/masking.ts'
import { reportOf } from './guard/report.ts'
import { keptViews, maskedViews, plainViews } from './guard/views.ts'
import {
  type ConversationMemory,
  createConversationMemory,
  type RememberedConversation,
} from './pseudonyms/conversation-memory.ts'
import { FullBookError, PseudonymBook } from './pseudonyms/pseudonym-book.ts'
import type { Detector } from './recognizers/recognizer.ts'

/** Decides what of a request may leave, and gives both views of it. */
export interface Guard {
  /** At once where the policy lets everything or nothing leave. Whatever goes wrong inside keeps the request at the edge; rejects only when the signal aborts. */
  protect(request: InferenceRequest, context: GuardContext): RequestViews | Promise<RequestViews>
}

export interface GuardContext {
  /** Whose conversation it is: two callers never share one, whatever they call it. */
  readonly keyId: string
  readonly signal: AbortSignal
  /** Nothing is remembered of the request: somebody only asks what would happen. */
  readonly isRehearsal?: boolean
}

export interface GuardOptions {
  readonly policy: Policy
  /** Absent: where the policy protects, every request counts as sensitive. */
  readonly detector?: TextDetector
  /** Reads, in the final bytes, what was encoded; absent: only what was taken out is looked for there. */
  readonly patterns?: Detector
  /** Absent: pseudonyms and pins live as long as this guard. */
  readonly memory?: ConversationMemory
  readonly clock?: Clock
}

/** A guard for the policy's section `privacy`. Where that lets nothing or everything leave, nothing is looked for unless it says `mode: observe`. */
export function createGuard(options: GuardOptions): Guard {
  const { policy, detector, patterns, memory, clock = systemClock } = options
  const { privacy } = policy
  const { personalData, mode } = privacy
  const passes = (raw: InferenceRequest) => (personalData === 'keep' ? keptViews(raw, keptByPolicy) : plainViews(raw))
  if (personalData !== 'protect' && mode === 'enforce') return { protect: passes }
  const parts = { policy: privacy, detector, clock }
  if (mode === 'observe') return { protect: (raw, { signal }) => observe(raw, passes, { ...parts, signal }) }
  const remembers = memory ?? memoryOfThisProcess(clock)
  const enforcing = { ...parts, patterns, memory: remembers }
  return { protect: (raw, context) => enforce(raw, context, { ...enforcing, signal: context.signal }) }
}

const keptByPolicy = 'policy.privacy.personalData is keep: nothing leaves this edge'

function memoryOfThisProcess(clock: Clock): ConversationMemory {
  const secret = globalThis.crypto.getRandomValues(new Uint8Array(32))
  return createConversationMemory({ secret, clock })
}

/** A request that nobody names a conversation for is one of its own. */
function namesOf(raw: InferenceRequest, { keyId }: GuardContext): readonly string[] {
  return raw.conversation === undefined ? [keyId, 'request', raw.id] : [keyId, 'conversation', raw.conversation]
}

async function observe(
  raw: InferenceRequest,
  passes: (raw: InferenceRequest) => RequestViews,
  options: InspectOptions,
): Promise<RequestViews> {
  const startedAt = options.clock.monotonic()
  const inspection = await inspectRequest(raw, options)
  return { ...passes(raw), report: reportOf(inspection, 'observe', options.clock.monotonic() - startedAt) }
}

interface EnforceOptions extends InspectOptions {
  readonly patterns: Detector | undefined
  readonly memory: ConversationMemory
}

async function enforce(raw: InferenceRequest, context: GuardContext, options: EnforceOptions): Promise<RequestViews> {
  const { policy, clock, memory } = options
  const startedAt = clock.monotonic()
  const report = (inspection: Inspection) => reportOf(inspection, 'enforce', clock.monotonic() - startedAt)
  const inspection = await inspectRequest(raw, options)
  try {
    const conversation = rehearsed(await memory.recall(namesOf(raw, context), policy.rememberHours), context)
    const { refusal } = inspection
    if (refusal?.isFound) conversation.pinned ??= refusal.because
    const because = refusal?.because ?? pinnedBecause(conversation)
    if (because !== undefined) {
      memory.remember(conversation)
      return { ...keptViews(raw, because), report: { ...report(inspection), keptBecause: because } }
    }
    const masked = maskOrForget(raw, inspection, conversation)
    memory.remember(conversation)
    // Callers may name a conversation after a person; what travels is a name of the guard's own.
    const named = raw.conversation === undefined ? {} : { conversation: conversation.id.slice(0, 32) }
    const request = { ...masked.request, ...named }
    const inspect = rescanOf(masked, inspection, conversation.book, options)
    return { ...maskedViews(raw, { ...masked, request }, inspect), report: report(inspection) }
  } catch (thrown) {
    if (context.signal.aborted) throw asEdgewiseError(context.signal.reason)
    const because =
      thrown instanceof FullBookError ? thrown.message : `the guard failed on it (${asEdgewiseError(thrown).code})`
    return { ...keptViews(raw, because), report: { ...report(inspection), keptBecause: because } }
  }
}

/** Masks a request; of one that cannot be masked the conversation remembers nothing. */
function maskOrForget(raw: InferenceRequest, { texts }: Inspection, conversation: RememberedConversation): Masked {
  const { book } = conversation
  const { size } = book
  try {
    return maskRequest(raw, { texts, book })
  } catch (thrown) {
    conversation.book = book.asOf(size)
    throw thrown
  }
}

/** What may not be in the final bytes: whatever was taken out of this request or is known of its conversation, and what else policy does not let out. */
function rescanOf(
  { taken }: Masked,
  { texts }: Inspection,
  book: PseudonymBook,
  { patterns: detector, policy }: EnforceOptions,
): InspectBytes {
  const images = [...texts.values()].filter(({ kind }) => kind === 'image')
  const lets = new Set(images.map(({ text }) => text))
  const values = [book.known.index, ...taken]
  return (bytes) => {
    const rules = detector === undefined ? {} : { rules: createTextRules({ detector, policy }) }
    return createRescan({ values, lets, ...rules })(bytes)
  }
}

function pinnedBecause({ pinned }: RememberedConversation): string | undefined {
  return pinned === undefined ? undefined : `its conversation stays at the edge: of an earlier request, ${pinned}`
}

/** What happens to the copy is forgotten. */
function rehearsed(conversation: RememberedConversation, { isRehearsal }: GuardContext): RememberedConversation {
  if (isRehearsal !== true) return conversation
  return { ...conversation, book: new PseudonymBook(conversation.book.entries) }
}
