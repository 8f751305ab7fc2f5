import type { RepositoryFile } from './list-repository.ts'

/** A file to fetch, and where it goes in the model's folder. */
export interface WantedFile extends RepositoryFile {
  readonly target: string
}

/** One quantisation that a repository offers, by the names of its files. */
export interface RepositoryVariant {
  /** `q4`, `fp32`, `Q4_K_M`, or the folder of an onnxruntime-genai export. */
  readonly name: string
  readonly kind: 'onnx' | 'gguf'
  /** Its weights with their graph, and the small files beside them. */
  readonly files: readonly WantedFile[]
  /** Of its weights with their graph. */
  readonly weightBytes: number
}

const graphName = /^model(?:_(\w+))?\.onnx$/
const sideFile =
  /^(config|generation_config|genai_config|tokenizer[\w.-]*|special_tokens_map|added_tokens)\.json$|^chat_template[\w.-]*$|^(LICENSE|NOTICE)[\w.-]*$/i
const splitGguf = /-(\d{5})-of-\d{5}$/

/** All variants, best first for a CPU: ONNX before GGUF, then by the kind of the weights. */
export function repositoryVariants(files: readonly RepositoryFile[]): readonly RepositoryVariant[] {
  const folders = new Set(files.map(({ path }) => folderOf(path)))
  const exported = [...folders]
    .filter((folder) => folder !== '' && folder !== 'onnx')
    .flatMap((folder) => genaiVariant(files, folder))
  const onnx = [...onnxVariants(files, ''), ...onnxVariants(files, 'onnx')]
  const unique = [...new Map([...exported, ...onnx].map((variant) => [variant.name, variant])).values()]
  return [...unique.toSorted((first, second) => rankOf(first) - rankOf(second)), ...ggufVariants(files)]
}

/** Names of graphs as their exporters give them, best first for a CPU. */
const ranking = ['q4', 'int4', 'q8', 'q4f16', 'quantized', 'int8', 'uint8', 'fp32', 'fp16']

function rankOf({ name }: RepositoryVariant): number {
  const exact = ranking.indexOf(name)
  if (exact !== -1) return exact
  // The folder of an export says what it is for and how it is quantised.
  if (/cuda|gpu|directml|dml|webgpu|npu|qnn|trt/i.test(name)) return ranking.length + 1
  return /int4/.test(name) ? 1.5 : ranking.length
}

/** Graphs in the root or in `onnx/`, which share the files of the root. */
function onnxVariants(files: readonly RepositoryFile[], folder: string): RepositoryVariant[] {
  const side = files.filter(({ path }) => folderOf(path) === '' && sideFile.test(path)).map(inPlace)
  return files.flatMap((file) => {
    const match = folderOf(file.path) === folder ? graphName.exec(baseOf(file.path)) : null
    if (match === null) return []
    const weights = [file, ...externalData(files, file.path)].map(inPlace)
    return [
      { name: match[1] ?? 'fp32', kind: 'onnx', files: [...weights, ...side], weightBytes: sum(weights) } as const,
    ]
  })
}

/** A folder with a genai_config.json of its own becomes a model folder of its own. */
function genaiVariant(files: readonly RepositoryFile[], folder: string): RepositoryVariant[] {
  const inside = files.filter(({ path }) => folderOf(path) === folder)
  if (!inside.some(({ path }) => baseOf(path) === 'genai_config.json')) return []
  const wanted = inside.filter(({ path }) => sideFile.test(baseOf(path)) || /\.onnx([._]data\w*)?$|\.data$/.test(path))
  const placed = wanted.map((file) => ({ ...file, target: baseOf(file.path) }))
  const weights = placed.filter(({ path }) => !sideFile.test(baseOf(path)))
  if (!weights.some(({ path }) => path.endsWith('.onnx'))) return []
  return [{ name: baseOf(folder), kind: 'onnx', files: placed, weightBytes: sum(weights) }]
}

/** One variant a file, or a set of files that were split. */
function ggufVariants(files: readonly RepositoryFile[]): RepositoryVariant[] {
  const license = files.filter(({ path }) => /^(LICENSE|NOTICE)[\w.-]*$/i.test(path)).map(inPlace)
  const groups = Map.groupBy(
    files.filter(({ path }) => path.endsWith('.gguf')),
    ({ path }) => path.slice(0, -'.gguf'.length).replace(splitGguf, ''),
  )
  return [...groups].map(([stem, members]) => {
    const weights = members
      .toSorted((first, second) => (first.path < second.path ? -1 : 1))
      .map((file) => ({ ...file, target: baseOf(file.path) }))
    return {
      name: ggufName(baseOf(stem)),
      kind: 'gguf',
      files: [...weights, ...license],
      weightBytes: sum(weights),
    } as const
  })
}

/** The quantisation at the end of a file's name, else the whole name. */
function ggufName(stem: string): string {
  return /(?:^|[-.])((?:I?Q\d\w*|BF16|F16|F32|FP16|TQ\d\w*|MXFP4\w*))$/i.exec(stem)?.[1] ?? stem
}

function externalData(files: readonly RepositoryFile[], graph: string): RepositoryFile[] {
  return files.filter(({ path }) => path.startsWith(graph) && /^[._]data(?:[._]?\d+)?$/.test(path.slice(graph.length)))
}

function inPlace(file: RepositoryFile): WantedFile {
  return { ...file, target: file.path }
}

function sum(files: readonly RepositoryFile[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0)
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
