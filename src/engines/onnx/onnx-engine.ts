import type { ModelManifest } from '../../spec/model-manifest.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Generator } from '../engine.ts'
import { type GeneratorStats, loopCapabilities } from '../generation/session-generator.ts'
import { EngineHost } from '../host/engine-host.ts'
import type { LoadOptions } from '../host/protocol.ts'

export interface OnnxEngineOptions {
  /** Its first variant is loaded. */
  readonly manifest: ModelManifest
  /** Threads that one step may use. */
  readonly threads: number
  /** Memory for KV caches of all requests together. */
  readonly kvBudgetBytes: number
  readonly clock: Clock
  /** Id by which requests name the model; the manifest's by default. */
  readonly model?: string
  /** Gives up loading. */
  readonly signal?: AbortSignal
}

export interface OnnxEngineStats extends GeneratorStats {
  /** Starts of its process beyond the first. */
  readonly restarts: number
}

/** A whole ONNX model in a process of its own. */
export interface OnnxEngine extends Generator {
  /** Prompt and answer together; less than the model's context when the KV budget does not hold it. */
  readonly contextTokens: number
  /** Process that runs the model; undefined between two of them. */
  readonly pid: number | undefined
  stats(): OnnxEngineStats
}

/**
 * Starts a model in a child process that has no environment and reads nothing but the model and this package. Resolves when it is loaded and
 * its speed is measured; rejects with `model-invalid` or `engine-crashed`. It is restarted when it crashes; running requests then fail with `engine-crashed`.
 */
export async function startOnnxEngine({ signal, clock, ...options }: OnnxEngineOptions): Promise<OnnxEngine> {
  const { manifest, threads, kvBudgetBytes, model = manifest.id } = options
  const load: LoadOptions = { manifest, model, threads, kvBudgetBytes }
  const readable = [manifest.folder, ...(manifest.linkedFiles ?? [])]
  const host = await EngineHost.start({ load, readable, clock }, signal)
  return {
    model,
    capabilities: loopCapabilities,
    contextTokens: host.contextTokens,
    get pid() {
      return host.pid
    },
    stats: () => host.stats,
    unavailable: () => host.unavailable(),
    generate: (request, abort) => host.generate(request, abort),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}
