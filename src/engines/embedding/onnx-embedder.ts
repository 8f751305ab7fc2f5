import { join } from 'node:path'
import type { EmbeddingManifest } from '../../spec/embedding-manifest.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Capability, InferenceRequest } from '../../spec/request.ts'
import { deliverVectors, type Embedder, embeddedTexts } from '../embedder.ts'
import type { Generator } from '../engine.ts'
import { EmbedderHost } from './embedder-host.ts'

export interface OnnxEmbedderOptions {
  readonly manifest: EmbeddingManifest
  /** Threads that one text may use. */
  readonly threads: number
  readonly clock: Clock
}

/** An embedding model on this machine: a generator whose only capability is vectors. */
export interface OnnxEmbedder extends Embedder, Generator {
  /** Process that runs the model; undefined between two of them. */
  readonly pid: number | undefined
}

/**
 * Starts an encoder in a child process that has no environment and reads nothing but the model and this package. Rejects with `model-invalid` or
 * `engine-crashed`. It is restarted when it crashes; running requests then fail with `engine-crashed`.
 */
export async function startOnnxEmbedder({ manifest, threads, clock }: OnnxEmbedderOptions): Promise<OnnxEmbedder> {
  const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'
  const main = join(import.meta.dirname, `embedder-main${extension}`)
  const host = await EmbedderHost.start({ load: { manifest, threads }, main, clock })
  const embed = async (request: InferenceRequest, signal: AbortSignal) => {
    requireDimensions(manifest, request)
    return await host.embed(embeddedTexts(request), signal)
  }
  return {
    model: manifest.id,
    get pid() {
      return host.pid
    },
    unavailable: () => host.unavailable(),
    capabilities: new Set<Capability>(['embeddings']),
    contextTokens: manifest.contextTokens,
    embed,
    async *generate(request, signal) {
      yield deliverVectors(request, await embed(request, signal))
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}

function requireDimensions({ id, dimensions }: EmbeddingManifest, { embedding }: InferenceRequest): void {
  const wanted = embedding?.dimensions ?? dimensions
  if (wanted === dimensions) return
  const message = `dimensions cannot be ${wanted}: ${id} gives ${dimensions}, and was not made to be cut; leave it out`
  throw new EdgewiseError('unsupported-field', message, { param: 'dimensions' })
}
