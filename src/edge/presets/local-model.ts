import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Generator } from '../../engines/engine.ts'
import { startLlamaCppEngine } from '../../engines/llama-cpp/llama-cpp-engine.ts'
import { startOnnxEngine } from '../../engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import { isModelReference, parseModelReference } from '../../model-store/model-reference.ts'
import { modelsFolderOf } from '../../model-store/pulled-models.ts'
import { resolveModel } from '../../model-store/resolve-model.ts'
import type { Pace } from '../../placements/local.ts'
import { createEgress } from '../../privacy/egress/egress.ts'
import type { Ledger } from '../../privacy/ledger/ledger.ts'
import { admitOnPremises } from '../../privacy/on-premises.ts'
import type { Clock } from '../../spec/ports.ts'
import type { EdgeConfig } from '../config.ts'
import { openLocalServer } from '../local-server/local-server.ts'
import type { LocalServerSettings } from '../local-server/settings.ts'

/** The model that comes with the package. */
export const bundledEdgeModel = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-edge')

export interface StartLocalModelOptions {
  readonly config: EdgeConfig
  /** Pulled models lie in its `models`. */
  readonly stateFolder: string
  readonly clock: Clock
  readonly log: Pick<Logger, 'debug' | 'warn'>
  /** Records what goes to a server; absent: nothing does. */
  readonly ledger?: Ledger | undefined
}

/** The model that answers at this edge, with the speeds that were measured of it. */
export type LocalModel = Generator & { stats(): Partial<Record<keyof Pace, number | undefined>> }

/**
 * The local model: in a child process, from its files alone, without any network; or a server in this building, which may also come up later. Throws
 * `model-not-found` for one that was not pulled.
 */
export async function startLocalModel({
  config,
  stateFolder,
  clock,
  log,
  ledger,
}: StartLocalModelOptions): Promise<LocalModel> {
  const { model = bundledEdgeModel, variant, threads = Math.max(1, availableParallelism() - 1) } = config
  if (typeof model !== 'string') return openServer(model, { clock, log, ledger })
  const path = await resolveModel({ model, modelsFolder: modelsFolderOf(stateFolder) })
  const kvBudgetBytes = config.kvBudgetMiB * 2 ** 20
  if (isGguf(path))
    return startLlamaCppEngine({ path, threads, kvBudgetBytes, clock, ...nameOf(model), ...llamaModules() })
  const manifest = await readModelFolder({ folder: path, ...(variant === undefined ? {} : { variant }) })
  return startOnnxEngine({ manifest, threads, kvBudgetBytes, clock })
}

/** True for a file that llama.cpp loads; all other models are folders. */
export function isGguf(path: string): boolean {
  return /\.gguf$/i.test(path)
}

/** Where node-llama-cpp lies when it is not installed beside this package: the `node_modules` folder that EDGEWISE_LLAMA_MODULES names. */
export function llamaModules(): { readonly modules?: string } {
  const modules = process.env.EDGEWISE_LLAMA_MODULES
  return modules === undefined || modules === '' ? {} : { modules }
}

/** A pulled model is called after its repository, as in its folder form. */
function nameOf(model: string): { readonly model?: string } {
  if (!isModelReference(model)) return {}
  const { org, name } = parseModelReference(model)
  return { model: `${org}/${name}` }
}

/** A way out of its own, which leads to that one server: nothing of it counts as sent to the hub. */
function openServer(
  settings: LocalServerSettings,
  { clock, log, ledger }: Pick<StartLocalModelOptions, 'clock' | 'log' | 'ledger'>,
): Promise<LocalModel> {
  const egress = createEgress({
    destinations: [{ origin: new URL(settings.url).origin }],
    record: (send) => log.debug({ send }, 'sent to the local server'),
    clock,
    ...(ledger === undefined ? {} : { ledger }),
  })
  return openLocalServer({
    settings,
    egress,
    admit: admitOnPremises(settings),
    clock,
    onTrouble: (error) => log.warn(`the local model is unavailable: ${error.message}`),
  })
}
