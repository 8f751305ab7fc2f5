import { access } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Generator } from '../engine.ts'
import { type GeneratorStats, loopCapabilities } from '../generation/session-generator.ts'
import { EngineHost } from '../host/engine-host.ts'
import { findLlamaLibrary } from './find-llama-library.ts'
import { type LoadLlamaModelOptions, mostCandidates } from './load-llama-model.ts'

export interface LlamaCppEngineOptions {
  /** The .gguf file. */
  readonly path: string
  /** Threads that one step may use. */
  readonly threads: number
  /** Memory for KV caches of all requests together. */
  readonly kvBudgetBytes: number
  readonly clock: Clock
  /** Id by which requests name the model; the file's name without `.gguf` by default. */
  readonly model?: string
  /** The `node_modules` folder that holds node-llama-cpp; absent: wherever this package would import it from. */
  readonly modules?: string
  /** Gives up loading. */
  readonly signal?: AbortSignal
}

export interface LlamaCppEngineStats extends GeneratorStats {
  /** Starts of its process beyond the first. */
  readonly restarts: number
}

/** A whole GGUF model, run by llama.cpp in a process of its own. */
export interface LlamaCppEngine extends Generator {
  /** Prompt and answer together. */
  readonly contextTokens: number
  /** Process that runs the model; undefined between two of them. */
  readonly pid: number | undefined
  stats(): LlamaCppEngineStats
}

/**
 * Starts a GGUF model in a child process that has no environment and reads nothing but that file and the libraries. Resolves when it is loaded
 * and its speed is measured; rejects with `model-not-found`, `model-invalid`, `engine-crashed`, or `engine-unavailable` where node-llama-cpp is
 * not installed. Each token is drawn from the 128 most probable ones.
 */
export async function startLlamaCppEngine(options: LlamaCppEngineOptions): Promise<LlamaCppEngine> {
  const { threads, kvBudgetBytes, clock, modules, signal } = options
  const path = resolve(options.path)
  const { model = basename(path).replace(/\.gguf$/i, '') } = options
  await requireFile(path)
  const library = await findLlamaLibrary(modules)
  const load: LoadLlamaModelOptions = { model, path, library: library.entry, threads, kvBudgetBytes }
  const readable = [path, library.modules, ...systemFiles()]
  const host = await EngineHost.start({ load, readable, main: mainFile(), clock }, signal)
  return {
    model,
    capabilities: loopCapabilities,
    contextTokens: host.contextTokens,
    get pid() {
      return host.pid
    },
    stats: () => host.stats,
    unavailable: () => host.unavailable(),
    generate: (request, abort) => generate(host, request, abort),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}

async function* generate(host: EngineHost, request: InferenceRequest, signal: AbortSignal): AsyncGenerator<StreamPart> {
  const { topK } = request.sampling
  if (topK > mostCandidates) {
    const text = `${request.model} draws from its ${mostCandidates} most probable tokens; send a top_k of at most ${mostCandidates}, or none`
    throw new EdgewiseError('unsupported-field', text, { param: 'top_k' })
  }
  yield* host.generate(request, signal)
}

async function requireFile(path: string): Promise<void> {
  try {
    await access(path)
  } catch (cause) {
    throw new EdgewiseError('model-not-found', `there is no model file ${path}`, { cause })
  }
}

/** node-llama-cpp reads its own memory map to learn which C library there is; nothing else of the system. */
function systemFiles(): readonly string[] {
  return process.platform === 'linux' ? ['/proc/self/maps'] : []
}

function mainFile(): string {
  const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'
  return join(import.meta.dirname, `llama-main${extension}`)
}
