import { createHash, type Hash, randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import { encodeOnnxModel, inlineBytes } from './encode-onnx-model.ts'
import type { OnnxModel, OnnxTensor, Payload } from './onnx-model.ts'

export interface RepackOptions {
  /** Where graph and weights go. It exists. */
  readonly folder: string
  /** File name of the graph. */
  readonly name: string
  /** Weights of one group go into one file. */
  readonly groupOf: (tensor: string) => string | number
  readonly signal: AbortSignal
  /** Called with the bytes copied since the last call. */
  readonly onBytes?: (bytes: number) => void
}

/** A file that was written. */
export interface PackedFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

type Stored = Extract<Payload, { readonly file: string }>

const chunkBytes = 1 << 20
const pageBytes = 4096

/**
 * Writes a graph with only the weights that it needs, copied with constant memory. A file of weights is named by its SHA-256: the same layer has the
 * same name in every cut, and what lies there already stays. Gives the files, the graph first; nothing half-written stays under its name.
 */
export async function repackModel(model: OnnxModel, options: RepackOptions): Promise<readonly PackedFile[]> {
  const groups = new Map<string | number, OnnxTensor[]>()
  for (const tensor of model.graph.initializers.values()) {
    if (tensor.payload.kind !== 'raw' || tensor.payload.length <= inlineBytes) continue
    const group = options.groupOf(tensor.name)
    groups.set(group, [...(groups.get(group) ?? []), tensor])
  }
  const moved = new Map<string, OnnxTensor>()
  const files: PackedFile[] = []
  for (const tensors of groups.values()) {
    const { file, placed } = await writeWeights(tensors, { ...options, from: model.folder })
    if (!files.some(({ path }) => path === file.path)) files.push(file)
    for (const tensor of placed) moved.set(tensor.name, tensor)
  }
  const initializers = new Map(
    [...model.graph.initializers].map(([name, tensor]) => [name, moved.get(name) ?? tensor] as const),
  )
  // Small tensors are read from where they were, and stand in the graph.
  const bytes = encodeOnnxModel({ ...model, graph: { ...model.graph, initializers } })
  const path = join(options.folder, options.name)
  await rename(await writePartial(options.folder, (target) => target.writeFile(bytes)), path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return [{ path: options.name, bytes: bytes.length, sha256 }, ...files]
}

interface Written {
  readonly file: PackedFile
  readonly placed: readonly OnnxTensor[]
}

async function writeWeights(
  tensors: readonly OnnxTensor[],
  { folder, from, signal, onBytes }: RepackOptions & { readonly from: string },
): Promise<Written> {
  const hash = createHash('sha256')
  const spots: { readonly tensor: OnnxTensor; readonly offset: number; readonly length: number }[] = []
  let bytes = 0
  await using sources = new SourceFiles(from)
  const partial = await writePartial(folder, async (target) => {
    for (const tensor of tensors) {
      const payload = tensor.payload as Stored
      bytes += await fill(target, { hash, at: bytes, alignment: payload.length < pageBytes ? 64 : pageBytes })
      spots.push({ tensor, offset: bytes, length: payload.length })
      const source = await sources.open(payload.file)
      bytes += await copy({ source, payload, target, hash, at: bytes, signal, ...(onBytes && { onBytes }) })
    }
  })
  const sha256 = hash.digest('hex')
  const path = `${sha256}.weights`
  await rename(partial, join(folder, path))
  const placed = spots.map(({ tensor, offset, length }) => ({
    ...tensor,
    payload: { kind: 'raw', file: path, offset, length } as const,
  }))
  return { file: { path, bytes, sha256 }, placed }
}

/** Zeros up to the next multiple of `alignment`; gives their number. */
async function fill(
  target: FileHandle,
  { hash, at, alignment }: { hash: Hash; at: number; alignment: number },
): Promise<number> {
  const zeros = new Uint8Array((alignment - (at % alignment)) % alignment)
  hash.update(zeros)
  await target.write(zeros, 0, zeros.length, at)
  return zeros.length
}

interface CopyOptions extends Pick<RepackOptions, 'signal' | 'onBytes'> {
  readonly source: FileHandle
  readonly payload: Stored
  readonly target: FileHandle
  readonly hash: Hash
  readonly at: number
}

async function copy({ source, payload, target, hash, at, signal, onBytes }: CopyOptions): Promise<number> {
  const buffer = new Uint8Array(Math.min(chunkBytes, payload.length))
  for (let done = 0; done < payload.length; ) {
    signal.throwIfAborted()
    const wanted = Math.min(buffer.length, payload.length - done)
    const { bytesRead } = await source.read(buffer, 0, wanted, payload.offset + done)
    if (bytesRead === 0) throw new EdgewiseError('model-invalid', `${payload.file} ends before its weights do`)
    const piece = buffer.subarray(0, bytesRead)
    hash.update(piece)
    await target.write(piece, 0, bytesRead, at + done)
    done += bytesRead
    onBytes?.(bytesRead)
  }
  return payload.length
}

/** Writes under a name that nobody reads, and gives it; a failed one is removed. */
async function writePartial(folder: string, write: (target: FileHandle) => Promise<void>): Promise<string> {
  const path = join(folder, `.${randomUUID()}.partial`)
  try {
    await using target = await open(path, 'wx')
    await write(target)
    await target.sync()
    return path
  } catch (thrown) {
    await rm(path, { force: true })
    throw thrown
  }
}

class SourceFiles implements AsyncDisposable {
  readonly #folder: string
  readonly #open = new Map<string, FileHandle>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async open(file: string): Promise<FileHandle> {
    const known = this.#open.get(file) ?? (await open(join(this.#folder, file), 'r'))
    this.#open.set(file, known)
    return known
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.#open.values()) await handle.close()
  }
}
