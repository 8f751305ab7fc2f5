import { asEdgewiseError, EdgewiseError } from '../spec/errors.ts'
import type { SanitisedRequest } from '../spec/outbound.ts'
import type { Clock } from '../spec/ports.ts'
import { type Capability, requiredCapabilities } from '../spec/request.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import { OutlierEjection } from './pool/outlier-ejection.ts'
import { answerFrom, type MemberState, type Place, type PoolMember, pickPlace, placeFor, whyNot } from './pool/place.ts'
import { freePurse, type Purse } from './pool/purse.ts'
import { RetryBudget } from './pool/retry-budget.ts'

export type { MemberState, PoolMember } from './pool/place.ts'

export interface PooledModel {
  readonly id: string
  /** What every member that offers the model can do. */
  readonly capabilities: readonly Capability[]
}

/** What a pool has done, to be counted. */
export interface PoolCounts {
  readonly retries: number
  /** Retries that the budget did not allow. */
  readonly retriesRefused: number
  readonly ejections: number
}

/** Generators that share the work. Disposing of a pool disposes of its members. */
export interface Pool extends AsyncDisposable {
  readonly models: readonly PooledModel[]
  members(): readonly MemberState[]
  counts(): PoolCounts
  /**
   * Answers by the member that suits best; `purse` (absent: nobody pays) decides which ones can be afforded. When it fails before its first
   * part another one is asked, as far as the retry budget goes; after that the failure is the caller's. Throws `model-not-found`,
   * `unsupported-field`, `engine-unavailable`, `overloaded`, `budget-exceeded`, or what the last member threw.
   */
  generate(request: SanitisedRequest, signal: AbortSignal, purse?: Purse): AsyncIterable<StreamPart>
}

export interface PoolOptions {
  readonly members: readonly PoolMember[]
  readonly clock: Clock
  /** Time between two health checks of a member. */
  readonly checkEveryMs?: number
  /** Members that one request may be tried on. */
  readonly attempts?: number
  /** Retries per request, 0..1. */
  readonly retryShare?: number
  /** Share of the members of one model that may be out as outliers. */
  readonly ejectedShare?: number
}

/** A pool over `members`, of which several may offer the same model. Checks run until it is disposed of. */
export function createPool(options: PoolOptions): Pool {
  return new CheckedPool(options)
}

class CheckedPool implements Pool {
  readonly models: readonly PooledModel[]
  readonly #places: readonly Place[]
  readonly #ejections: ReadonlyMap<string, OutlierEjection>
  readonly #budget: RetryBudget
  readonly #attempts: number
  readonly #clock: Clock
  readonly #closing = new AbortController()
  #retries = 0
  #retriesRefused = 0

  constructor({ members, clock, checkEveryMs = 5_000, attempts = 3, retryShare, ejectedShare }: PoolOptions) {
    this.#clock = clock
    this.#attempts = attempts
    this.#budget = new RetryBudget({ clock, ...(retryShare === undefined ? {} : { share: retryShare }) })
    this.#places = members.map((member) => placeFor(member, clock))
    this.#ejections = ejectionsOf(this.#places, clock, ejectedShare)
    this.models = modelsOf(members)
    for (const place of this.#places) void this.#check(place, checkEveryMs)
  }

  members(): readonly MemberState[] {
    return this.#places.map((place) => {
      const { name, generator, outstanding, health } = place
      const ejected = this.#ejections.get(generator.model)?.ejected(name)
      const { model } = generator
      return { name, model, outstanding, unavailable: whyNot(place), breaker: health.breaker, ejected }
    })
  }

  counts(): PoolCounts {
    const ejections = this.#ejections.values().reduce((sum, { count }) => sum + count, 0)
    return { retries: this.#retries, retriesRefused: this.#retriesRefused, ejections }
  }

  async *generate(request: SanitisedRequest, signal: AbortSignal, purse = freePurse): AsyncGenerator<StreamPart> {
    const ejection = this.#ejections.get(request.model)
    let untried = this.#able(request)
    let failure: EdgewiseError | undefined
    const refusals: { readonly refuser: Place; readonly error: EdgewiseError }[] = []
    this.#budget.request()
    let attempts = 0
    while (attempts < this.#attempts) {
      const place = pickPlace(untried, request, ejection)
      if (place === undefined || (attempts > 0 && !this.#mayRetry())) break
      const progress = { wasSent: false, hasBegun: false }
      try {
        yield* answerFrom({ place, request, purse, signal, progress })
        for (const { refuser, error } of refusals) refuser.health.refusedAlone(error)
        return
      } catch (thrown) {
        const error = asEdgewiseError(thrown)
        if (progress.hasBegun || signal.aborted || !mayHelp(error)) throw error
        if (error.code === 'upstream-rejected') refusals.push({ refuser: place, error })
        // One that could not be paid for was not tried; another one may cost less, or nothing.
        if (progress.wasSent) attempts += 1
        if (progress.wasSent || attempts === 0) failure = error
        untried = untried.filter((other) => other !== place)
      } finally {
        ejection?.look()
      }
    }
    // Nobody was asked, though somebody could be afforded: that they are not well is what the caller should know.
    if (failure === undefined || (attempts === 0 && untried.length > 0)) throw nobody(request.model, untried)
    throw failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#places.map(({ generator }) => generator[Symbol.asyncDispose]()))
  }

  /** Members that offer the model and can do what the request asks, well or not. */
  #able(request: SanitisedRequest): readonly Place[] {
    const offering = this.#places.filter(({ generator }) => generator.model === request.model)
    if (offering.length === 0) throw unknownModel(request.model, this.models)
    const needed = requiredCapabilities(request)
    const able = offering.filter(({ generator }) => [...needed.keys()].every((one) => generator.capabilities.has(one)))
    if (able.length > 0) return able
    const [capability, param] = [...needed].find(([one]) => !offering[0]?.generator.capabilities.has(one)) ?? ['', '']
    const message = `${request.model} cannot honour ${param}: nobody who offers it can do "${capability}".`
    throw new EdgewiseError('unsupported-field', message, { param })
  }

  #mayRetry(): boolean {
    const may = this.#budget.take()
    if (may) this.#retries += 1
    else this.#retriesRefused += 1
    return may
  }

  async #check({ check, health }: Place, everyMs: number): Promise<void> {
    if (check === undefined) return
    const delay = this.#clock.backgroundDelay ?? this.#clock.delay
    const { signal } = this.#closing
    while (!signal.aborted) {
      const failure = await check(signal).then(() => undefined, asEdgewiseError)
      health.checked(failure)
      await delay(everyMs, signal).catch(() => {})
    }
  }
}

/** A refusal of the upstream may be about its key or its settings, which another member does not share. */
function mayHelp(error: EdgewiseError): boolean {
  return error.retryable || error.code === 'upstream-rejected'
}

function nobody(model: string, places: readonly Place[]): EdgewiseError {
  const reasons = places.map((place) => `${place.name}: ${whyNot(place) ?? 'busy'}`).join('; ')
  const retryAfterSeconds = Math.min(...places.map(({ health }) => health.retryAfterSeconds()))
  const message = `Nobody can answer with ${model} now (${reasons}). Try again in ${retryAfterSeconds} s.`
  const isBusy = places.some(({ generator, health }) => generator.unavailable() === undefined && health.isResting)
  return new EdgewiseError(isBusy ? 'overloaded' : 'engine-unavailable', message, { retryAfterSeconds })
}

function ejectionsOf(places: readonly Place[], clock: Clock, mostShare = 0.5): ReadonlyMap<string, OutlierEjection> {
  const byModel = Map.groupBy(places, ({ generator }) => generator.model)
  return new Map(
    [...byModel].map(([model, together]) => {
      const members = together.map(({ name, health }) => ({
        name,
        record: () => health.record(),
        forget: () => health.forget(),
      }))
      return [model, new OutlierEjection({ members, clock, mostShare })]
    }),
  )
}

function unknownModel(model: string, known: readonly PooledModel[]): EdgewiseError {
  const names = known.map(({ id }) => id).join(', ') || 'none'
  const message = `There is no model ${JSON.stringify(model.slice(0, 100))} on this hub. It offers: ${names}.`
  return new EdgewiseError('model-not-found', message, { param: 'model' })
}

function modelsOf(members: readonly PoolMember[]): readonly PooledModel[] {
  const byId = Map.groupBy(members, ({ generator }) => generator.model)
  return [...byId].map(([id, [first, ...others]]) => {
    const capabilities = [...(first?.generator.capabilities ?? [])].filter((capability) =>
      others.every(({ generator }) => generator.capabilities.has(capability)),
    )
    return { id, capabilities }
  })
}
