import type { Generator } from '../engines/engine.ts'
import { failing } from '../placements/failing.ts'
import { EdgewiseError } from '../spec/errors.ts'
import type { SanitisedRequest } from '../spec/outbound.ts'
import { tap } from './tap.ts'

/** A model of the hub, which may change its mind about offering it. */
export interface OfferedModel {
  readonly generator: Generator<SanitisedRequest>
  /** What the hub offers now; undefined once it withdrew it, and before it told. */
  readonly known: Generator<SanitisedRequest> | undefined
  /** From now on `generator` is this one. */
  offer(model: Generator<SanitisedRequest>): void
}

export interface OfferedModelOptions {
  /** What the model is called while nobody knows better. */
  readonly name: string
  /** Why there is none yet. */
  readonly unknownYet: () => string
}

/** A generator whose model is not known yet. When the hub says that it does not offer the model any more, it is forgotten. */
export function createOfferedModel({ name, unknownYet }: OfferedModelOptions): OfferedModel {
  let known: Generator<SanitisedRequest> | undefined
  return {
    get known() {
      return known
    },
    offer(model) {
      known = model
    },
    generator: {
      get model() {
        return known?.model ?? name
      },
      get capabilities() {
        return known?.capabilities ?? new Set()
      },
      unavailable: () => (known === undefined ? unknownYet() : known.unavailable()),
      generate(request, signal) {
        const asked = known
        if (asked === undefined) return failing(new EdgewiseError('link-down', unknownYet()))
        return tap(asked.generate(request, signal), {
          mapError(error) {
            if (error.code !== 'model-not-found') return error
            // The hub was started anew with other models: the next probe asks for them.
            if (known === asked) known = undefined
            const message = `the hub does not offer ${asked.model} any more`
            return new EdgewiseError('engine-unavailable', message, { cause: error })
          },
        })
      },
      [Symbol.asyncDispose]: () => known?.[Symbol.asyncDispose]() ?? Promise.resolve(),
    },
  }
}
