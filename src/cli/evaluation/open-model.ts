import { availableParallelism } from 'node:os'
import { isGguf, llamaModules } from '../../edge/presets/local-model.ts'
import { calibratedGguf, calibratedModel } from '../../edge/presets/model-digest.ts'
import type { Generator } from '../../engines/engine.ts'
import { startLlamaCppEngine } from '../../engines/llama-cpp/llama-cpp-engine.ts'
import { startOnnxEngine } from '../../engines/onnx/onnx-engine.ts'
import { createUpstreamGenerator } from '../../engines/upstream/upstream-generator.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import { modelsFolderOf } from '../../model-store/pulled-models.ts'
import { resolveModel } from '../../model-store/resolve-model.ts'
import { createEgress } from '../../privacy/egress/egress.ts'
import { plainViews } from '../../privacy/guard/views.ts'
import type { CalibratedModel } from '../../routers/calibration.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import type { SanitisedRequest } from '../../spec/outbound.ts'
import { safeUrl } from '../../spec/safe-url.ts'
import { systemClock } from '../../spec/system-clock.ts'

export interface OpenModelOptions {
  /** A folder, a .gguf file, an `hf:` reference of a pulled model, or `https://host/v1#name` for a model behind any OpenAI-compatible server. */
  readonly reference: string
  readonly variant?: string | undefined
  readonly stateFolder: string
  /** Value of the server's API key. */
  readonly apiKey?: string | undefined
  /** Asks a server for log-probabilities; some answer 400 to that. */
  readonly wantsLogprobs: boolean
  readonly signal: AbortSignal
}

export interface OpenedModel extends AsyncDisposable {
  readonly generator: Generator
  /** Which weights these are; absent for a model elsewhere. */
  readonly identity?: CalibratedModel
}

const timeoutMs = 120_000

/** Opens a model to put the owner's tasks to it. The tasks are sent to a server as they are: naming its address is the permission. */
export async function openModel(options: OpenModelOptions): Promise<OpenedModel> {
  return /^https?:\/\//.test(options.reference) ? openUpstream(options) : openFolder(options)
}

type Reference = Pick<OpenModelOptions, 'reference' | 'variant' | 'stateFolder'>

/** Which weights a folder or `hf:` reference stands for, without starting them. */
export async function identify({ variant, ...reference }: Reference): Promise<CalibratedModel> {
  const path = await pathOf(reference)
  return isGguf(path) ? calibratedGguf(path) : calibratedModel(await readManifest(path, variant))
}

function pathOf({ reference, stateFolder }: Omit<Reference, 'variant'>): Promise<string> {
  return resolveModel({ model: reference, modelsFolder: modelsFolderOf(stateFolder) })
}

function readManifest(folder: string, variant: string | undefined): Promise<ModelManifest> {
  return readModelFolder({ folder, ...(variant === undefined ? {} : { variant }) })
}

async function openFolder({ signal, ...reference }: OpenModelOptions): Promise<OpenedModel> {
  const path = await pathOf(reference)
  const threads = Math.max(1, availableParallelism() - 1)
  const common = { threads, kvBudgetBytes: 2 ** 29, clock: systemClock, signal }
  const generator = isGguf(path)
    ? await startLlamaCppEngine({ path, ...common, ...llamaModules() })
    : await startOnnxEngine({ manifest: await readManifest(path, reference.variant), ...common })
  return {
    generator,
    identity: await identify(reference),
    [Symbol.asyncDispose]: () => generator[Symbol.asyncDispose](),
  }
}

function openUpstream({ reference, apiKey, wantsLogprobs }: OpenModelOptions): OpenedModel {
  const parsed = safeUrl.safeParse(reference)
  const model = URL.parse(reference)?.hash.slice(1) ?? ''
  if (!parsed.success || model === '') {
    const because = parsed.success ? 'it names no model' : (parsed.error.issues[0]?.message ?? 'it is no address')
    throw new EdgewiseError(
      'config-invalid',
      `A model behind a server is written https://host/v1#name (plain http to this machine only): ${because}.`,
    )
  }
  const url = new URL(reference)
  url.hash = ''
  const egress = createEgress({ destinations: [{ origin: url.origin }], record: () => {}, clock: systemClock })
  const upstream = createUpstreamGenerator({
    model: decodeURIComponent(model),
    baseUrl: url,
    capabilities: wantsLogprobs ? ['logprobs'] : [],
    open: egress.open,
    clock: systemClock,
    firstTokenTimeoutMs: timeoutMs,
    interTokenTimeoutMs: timeoutMs,
    ...(apiKey === undefined ? {} : { apiKey }),
  })
  return { generator: asItIs(upstream), [Symbol.asyncDispose]: () => egress[Symbol.asyncDispose]() }
}

/** Tasks are sent with the owner's consent as they are. */
function asItIs(upstream: Generator<SanitisedRequest>): Generator {
  return {
    model: upstream.model,
    capabilities: upstream.capabilities,
    unavailable: () => upstream.unavailable(),
    generate(request, signal) {
      const { sanitised, keptBecause } = plainViews(request)
      if (sanitised === undefined) throw new EdgewiseError('policy-forbids', keptBecause ?? 'the guard kept the task')
      return upstream.generate(sanitised, signal)
    },
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  }
}
