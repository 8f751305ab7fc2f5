import type { Generator } from '../../engines/engine.ts'
import { asEdgewiseError, type EdgewiseError } from '../../spec/errors.ts'
import type { SanitisedRequest } from '../../spec/outbound.ts'
import type { Clock } from '../../spec/ports.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import { pickMember } from '../affinity.ts'
import { type HealthCall, MemberHealth } from '../member-health.ts'
import type { Price } from '../money/price.ts'
import type { BreakerState } from './circuit-breaker.ts'
import type { OutlierEjection } from './outlier-ejection.ts'
import type { Bill, Purse } from './purse.ts'

/** One generator of a pool, with the name that logs and metrics use. */
export interface PoolMember {
  readonly name: string
  readonly generator: Generator<SanitisedRequest>
  /** Resolves when the member can be reached; asked every few seconds. */
  readonly check?: (signal: AbortSignal) => Promise<void>
  /** What its tokens cost; absent: nothing, and no limit of money keeps it from answering. */
  readonly price?: Price
  /** Its refusals with a time to wait are about all requests: it gets none until then. */
  readonly restsWhenAsked?: boolean
}

export interface MemberState {
  readonly name: string
  readonly model: string
  readonly outstanding: number
  readonly unavailable: string | undefined
  readonly breaker: BreakerState
  /** Why it was taken out as an outlier, or undefined. */
  readonly ejected: string | undefined
}

/** A member at its place in the pool. */
export interface Place extends PoolMember {
  readonly health: MemberHealth
  outstanding: number
}

/** Puts a member in its place. */
export function placeFor(member: PoolMember, clock: Clock): Place {
  const { name, restsWhenAsked = false } = member
  return { ...member, health: new MemberHealth({ name, clock, restsWhenAsked }), outstanding: 0 }
}

/** Why a member cannot answer now, or undefined. */
export function whyNot({ generator, health }: Place): string | undefined {
  return generator.unavailable() ?? health.unavailable()
}

/** The member that should answer. One that was ejected as an outlier answers when there is nobody else: it is slow or shaky, not down. */
export function pickPlace(
  untried: readonly Place[],
  { conversation, id }: SanitisedRequest,
  ejection: OutlierEjection | undefined,
): Place | undefined {
  const well = untried.filter((place) => whyNot(place) === undefined)
  const inside = well.filter(({ name }) => ejection?.ejected(name) === undefined)
  const key = { key: conversation ?? id, sticky: conversation !== undefined }
  return pickMember(inside.length > 0 ? inside : well, key)
}

/** How far an attempt got. */
export interface Progress {
  /** The request went to the member; before that, it could not be paid for. */
  wasSent: boolean
  /** A part was given, after which nobody else may be asked. */
  hasBegun: boolean
}

export interface Attempt {
  readonly place: Place
  readonly request: SanitisedRequest
  readonly purse: Purse
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** The answer of one member; its health learns how it went, and its bill is settled whichever way it ends. */
export async function* answerFrom(attempt: Attempt): AsyncGenerator<StreamPart> {
  const { place, request, purse, signal } = attempt
  // Taken before anything is waited for, so that others who choose meanwhile see it.
  place.outstanding += 1
  const call = place.health.enter()
  try {
    const opening = purse.open(place, request)
    const bill = opening instanceof Promise ? await opening : opening
    yield* paidAnswer({ ...attempt, bill, call })
  } catch (thrown) {
    const error = asEdgewiseError(thrown)
    if (attempt.progress.wasSent && !signal.aborted) call.failed(error)
    throw error
  } finally {
    call.over()
    place.outstanding -= 1
  }
}

async function* paidAnswer({
  place,
  bill,
  call,
  signal,
  progress,
}: Attempt & { readonly bill: Bill; readonly call: HealthCall }): AsyncGenerator<StreamPart> {
  let failure: EdgewiseError | undefined
  try {
    if (signal.aborted) throw asEdgewiseError(signal.reason, 'aborted')
    progress.wasSent = true
    for await (const part of place.generator.generate(bill.request, signal)) {
      call.begun()
      bill.count(part)
      // Whatever it gives, it works; a member that only ever breaks off later is not cured by beginning.
      if (part.type === 'finish') call.succeeded()
      progress.hasBegun = true
      // Paid before it is whole: what the reader has seen to its end is on the books.
      yield part.type === 'finish' ? await bill.finished(part) : part
    }
  } catch (thrown) {
    failure = asEdgewiseError(thrown)
    throw failure
  } finally {
    await bill.broken({ wasSent: progress.wasSent, error: failure })
  }
}
