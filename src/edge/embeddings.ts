import type { Generator } from '../engines/engine.ts'
import { createCloudPlacement } from '../placements/cloud.ts'
import { createLocalPlacement } from '../placements/local.ts'
import { EdgewiseError } from '../spec/errors.ts'
import type { SanitisedRequest } from '../spec/outbound.ts'
import type { InferenceMode } from '../spec/policy.ts'
import { createEdge, type Edge, type EdgeParts } from './edge.ts'
import { resolveModel } from './model-names.ts'

export interface EmbeddingsOptions extends Omit<EdgeParts, 'placements' | 'names'> {
  /** The model of this machine; absent where the settings name none. */
  readonly local: Generator | undefined
  /** The hub's; absent without a hub. */
  readonly cloud: Generator<SanitisedRequest> | undefined
  /** False once the hub has told that it offers no such model. */
  readonly hubOffers: () => boolean
  readonly aliases: Readonly<Record<string, string>>
}

/** The way of a request for vectors: guard, plan, accounts and egress are those of any other request. */
export interface EmbeddingEdge {
  readonly edge: Edge
  /** Ids of the models that can give vectors now. */
  models(): readonly string[]
  /**
   * The one model that a name stands for. Vectors of different models cannot be compared, so the choice depends on the settings alone, never on the state
   * of the link: a local model when there is one, else the hub's; the other way round in the modes of the cloud. Throws `model-not-found`.
   */
  modelFor(name: string, mode: InferenceMode | undefined): string
}

/** What the planner reads as the pace of vectors; it has no other candidate to weigh it against. */
const pace = { prefillTokensPerSecond: 1000, decodeTokensPerSecond: 1000 }

export function createEmbeddingEdge(options: EmbeddingsOptions): EmbeddingEdge {
  const { local, cloud, hubOffers, aliases, policy } = options
  const ofHub = () => (hubOffers() ? cloud?.model : undefined)
  const known = () => [local?.model, ofHub()].filter((id) => id !== undefined)
  const edge = createEdge({
    ...options,
    placements: [
      ...(local === undefined ? [] : [createLocalPlacement({ generator: local, pace: () => pace })]),
      ...(cloud === undefined ? [] : [createCloudPlacement({ generator: cloud })]),
    ],
    names: () => ({ known: known(), aliases: {} }),
  })
  return {
    edge,
    models: () =>
      [local, hubOffers() ? cloud : undefined].flatMap((one) =>
        one === undefined || one.unavailable() !== undefined ? [] : [one.model],
      ),
    modelFor(name, mode = policy.mode) {
      const named = known().length === 0 ? undefined : resolveModel(name, { known: known(), aliases })
      const inOrder = /cloud$/.test(mode) ? [ofHub(), local?.model] : [local?.model, ofHub()]
      const found = named ?? inOrder.find((id) => id !== undefined)
      if (found !== undefined) return found
      const todo =
        'set edge.embeddings.model to the folder of an embedding model, or let the hub offer one (capability embeddings)'
      throw new EdgewiseError('model-not-found', `There is no embedding model here: ${todo}.`, { param: 'model' })
    },
  }
}
