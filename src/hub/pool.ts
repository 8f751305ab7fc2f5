import type { Generator } from '../engines/engine.ts'
import { asEdgewiseError, EdgewiseError } from '../spec/errors.ts'
import type { SanitisedRequest } from '../spec/outbound.ts'
import type { Clock } from '../spec/ports.ts'
import { type Capability, requiredCapabilities } from '../spec/request.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import { pickMember } from './affinity.ts'
import { MemberHealth } from './member-health.ts'

/** One generator of a pool, with the name that logs and metrics use. */
export interface PoolMember {
  readonly name: string
  readonly generator: Generator<SanitisedRequest>
  /** Resolves when the member can be reached; asked every few seconds. */
  readonly check?: (signal: AbortSignal) => Promise<void>
}

export interface PooledModel {
  readonly id: string
  /** What every member that offers the model can do. */
  readonly capabilities: readonly Capability[]
}

export interface MemberState {
  readonly name: string
  readonly model: string
  readonly outstanding: number
  readonly unavailable: string | undefined
}

/** Generators that share the work. Disposing of a pool disposes of its members. */
export interface Pool extends AsyncDisposable {
  readonly models: readonly PooledModel[]
  members(): readonly MemberState[]
  /**
   * Answers by the member that suits best. When it fails before its first part another one is asked; after that the failure is the
   * caller's. Throws `model-not-found`, `unsupported-field`, `engine-unavailable`, or what the last member threw.
   */
  generate(request: SanitisedRequest, signal: AbortSignal): AsyncIterable<StreamPart>
}

export interface PoolOptions {
  readonly members: readonly PoolMember[]
  readonly clock: Clock
  /** Time between two health checks of a member. */
  readonly checkEveryMs?: number
}

/** Members that one request may be tried on. */
const mostAttempts = 3

/** A pool over `members`, of which several may offer the same model. Checks run until it is disposed of. */
export function createPool(options: PoolOptions): Pool {
  return new CheckedPool(options)
}

interface Place extends PoolMember {
  readonly health: MemberHealth
  outstanding: number
}

class CheckedPool implements Pool {
  readonly models: readonly PooledModel[]
  readonly #places: readonly Place[]
  readonly #clock: Clock
  readonly #closing = new AbortController()

  constructor({ members, clock, checkEveryMs = 5_000 }: PoolOptions) {
    this.#clock = clock
    this.#places = members.map((member) => ({ ...member, health: new MemberHealth(clock), outstanding: 0 }))
    this.models = modelsOf(members)
    for (const place of this.#places) void this.#check(place, checkEveryMs)
  }

  members(): readonly MemberState[] {
    return this.#places.map((place) => {
      const { name, generator, outstanding } = place
      return { name, model: generator.model, outstanding, unavailable: whyNot(place) }
    })
  }

  async *generate(request: SanitisedRequest, signal: AbortSignal): AsyncGenerator<StreamPart> {
    let untried = this.#able(request)
    let failure: EdgewiseError | undefined
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const place = pick(untried, request)
      if (place === undefined) break
      const progress = { hasBegun: false }
      try {
        yield* answer({ place, request, signal, progress })
        return
      } catch (thrown) {
        failure = asEdgewiseError(thrown)
        if (progress.hasBegun || signal.aborted || !mayRetry(failure)) throw failure
        untried = untried.filter((other) => other !== place)
      }
    }
    throw failure ?? nobody(request.model, untried)
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

interface Attempt {
  readonly place: Place
  readonly request: SanitisedRequest
  readonly signal: AbortSignal
  readonly progress: { hasBegun: boolean }
}

async function* answer({ place, request, signal, progress }: Attempt): AsyncGenerator<StreamPart> {
  place.outstanding += 1
  try {
    for await (const part of place.generator.generate(request, signal)) {
      // Whatever it gives, it works; a member that only ever breaks off later is not cured by beginning.
      if (part.type === 'finish') place.health.answered()
      progress.hasBegun = true
      yield part
    }
  } catch (thrown) {
    const error = asEdgewiseError(thrown)
    if (!signal.aborted) place.health.failed(error)
    throw error
  } finally {
    place.outstanding -= 1
  }
}

function pick(untried: readonly Place[], { conversation, id }: SanitisedRequest): Place | undefined {
  const well = untried.filter((place) => whyNot(place) === undefined)
  return pickMember(well, { key: conversation ?? id, sticky: conversation !== undefined })
}

function whyNot({ generator, health }: Place): string | undefined {
  return generator.unavailable() ?? health.unavailable()
}

/** A refusal of the upstream may be about its key or its settings, which another member does not share. */
function mayRetry(error: EdgewiseError): boolean {
  return error.retryable || error.code === 'upstream-rejected'
}

function nobody(model: string, places: readonly Place[]): EdgewiseError {
  const reasons = places.map((place) => `${place.name}: ${whyNot(place) ?? 'busy'}`).join('; ')
  const retryAfterSeconds = Math.min(...places.map(({ health }) => health.retryAfterSeconds()))
  const message = `Nobody can answer with ${model} now (${reasons}). Try again in ${retryAfterSeconds} s.`
  return new EdgewiseError('engine-unavailable', message, { retryAfterSeconds })
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
