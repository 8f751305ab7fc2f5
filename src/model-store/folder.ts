import { lstat, readdir, realpath } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { asEdgewiseError, EdgewiseError } from '../spec/errors.ts'
import type { ModelManifest } from '../spec/model-manifest.ts'
import { chooseVariant, type FoundGraph } from './choose-variant.ts'
import { readGraphFacts } from './graph-facts.ts'
import { readJsonFile } from './json-file.ts'
import { linkedFiles } from './linked-files.ts'
import { readModelConfig } from './model-config.ts'
import { readPulledManifest } from './pulled-manifest.ts'

const tokenizer = z.looseObject({ model: z.looseObject({ type: z.string() }) })
const graphName = /^model(?:_(\w+))?\.onnx$/

/**
 * Reads a model folder with the files of a usual ONNX export, as on the Hugging Face hub (`onnx/model*.onnx`) or by onnxruntime-genai.
 * Weights are not read. Throws `model-invalid`, naming the file and what is wrong with it.
 */
export async function readModelFolder({
  folder,
  variant,
}: {
  folder: string
  variant?: string
}): Promise<ModelManifest> {
  const root = await realRoot(folder)
  const linked = await linkedFiles(root)
  const { graph, ...config } = await readModelConfig(root)
  await requireJson(root, 'tokenizer.json', tokenizer)
  await requireJson(root, 'tokenizer_config.json', z.looseObject({}))
  const graphs = await findGraphs(root, graph)
  if (graphs.length === 0) {
    throw new EdgewiseError(
      'model-invalid',
      `${root} has no graph: neither ${graph ?? 'model.onnx'} nor onnx/model*.onnx is there`,
    )
  }
  const id = (await idOf(root)) ?? basename(resolve(folder))
  const links = linked.length === 0 ? {} : { linkedFiles: linked }
  return { id, folder: root, ...links, ...config, variants: chooseVariant(graphs, variant) }
}

/** A folder that is a link itself is taken for the one it leads to: links inside are only understood there. */
async function realRoot(folder: string): Promise<string> {
  const root = resolve(folder)
  const isLink = await lstat(root).then(
    (status) => status.isSymbolicLink(),
    () => false,
  )
  return isLink ? realpath(root).catch(() => root) : root
}

/** `org/name` of a model from a hub: pulled into the store, or in a cache of huggingface_hub. */
async function idOf(root: string): Promise<string | undefined> {
  const pulled = await readPulledManifest(root)
  if (pulled !== undefined) return `${pulled.org}/${pulled.name}`
  const [, org, name] = /[\\/]models--([\w.-]+?)--([\w.-]+)[\\/]snapshots[\\/][0-9a-f]{40}$/.exec(root) ?? []
  return org === undefined ? undefined : `${org}/${name}`
}

/** One folder of several, read or not. */
export type ListedModel =
  | { readonly folder: string; readonly manifest: ModelManifest }
  | { readonly folder: string; readonly problem: EdgewiseError }

/** Reads several model folders; a broken one is reported in its place. */
export async function listModels(folders: readonly string[]): Promise<readonly ListedModel[]> {
  return Promise.all(
    folders.map(async (folder) => {
      try {
        return { folder, manifest: await readModelFolder({ folder }) }
      } catch (thrown) {
        return { folder, problem: asEdgewiseError(thrown, 'model-invalid') }
      }
    }),
  )
}

async function requireJson(folder: string, name: string, schema: z.ZodType<unknown>): Promise<void> {
  if ((await readJsonFile(folder, name, schema)) === undefined) {
    throw new EdgewiseError('model-invalid', `${folder} has no ${name}: copy it from the same export`)
  }
}

async function findGraphs(root: string, named: string | undefined): Promise<FoundGraph[]> {
  const places = ['', 'onnx']
  const listed = await Promise.all(
    places.map(async (place) => (await namesIn(join(root, place))).map((name) => join(place, name))),
  )
  const paths = listed.flat().filter((path) => path === named || graphName.test(basename(path)))
  return Promise.all(
    paths.toSorted().map(async (path) => {
      const facts = await readGraphFacts(join(root, path)).catch((thrown: unknown) =>
        asEdgewiseError(thrown, 'model-invalid'),
      )
      return { name: variantName(path, facts), path, facts }
    }),
  )
}

/** The suffix of the file's name; without one, what the graph holds. */
function variantName(path: string, facts: FoundGraph['facts']): string {
  const suffix = graphName.exec(basename(path))?.[1]
  if (suffix !== undefined) return suffix
  return facts instanceof EdgewiseError ? 'unknown' : facts.weights
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch {
    return []
  }
}
