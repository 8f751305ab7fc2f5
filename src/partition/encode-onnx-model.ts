import { join } from 'node:path'
import { FileWindow } from './file-window.ts'
import type { OnnxModel, OnnxTensor, Payload } from './onnx-model.ts'
import { WireWriter } from './wire-writer.ts'

/** Smaller payloads are copied into the graph: shape inference must see the values of small constants. */
export const inlineBytes = 1024

/**
 * The model as an ONNX file in memory. Weights are not copied: they are named as external data, by file and offset in the model's folder,
 * even where they stand inside another .onnx file. Throws `model-invalid` when a file is gone.
 */
export function encodeOnnxModel(model: OnnxModel): Uint8Array {
  using files = new OpenFiles(model.folder)
  const graph = new WireWriter()
  for (const node of model.graph.nodes) graph.bytes(1, node.bytes)
  graph.text(2, model.graph.name)
  for (const tensor of model.graph.initializers.values()) graph.bytes(5, encodeTensor(tensor, files))
  for (const input of model.graph.inputs) graph.bytes(11, input.bytes)
  for (const output of model.graph.outputs) graph.bytes(12, output.bytes)
  for (const info of model.graph.valueInfo.values()) graph.bytes(13, info.bytes)
  graph.verbatim(model.graph.rest)
  return new WireWriter().verbatim(model.header).message(7, graph).finish()
}

function encodeTensor({ name, dataType, dims, payload }: OnnxTensor, files: OpenFiles): Uint8Array {
  if (payload.kind === 'message') return files.read(payload)
  const writer = new WireWriter()
  for (const dim of dims) writer.integer(1, dim)
  writer.integer(2, dataType).text(8, name)
  if (payload.kind === 'bytes') return writer.bytes(9, payload.bytes).finish()
  if (payload.length <= inlineBytes) return writer.bytes(9, files.read(payload)).finish()
  const place = { location: payload.file, offset: String(payload.offset), length: String(payload.length) }
  for (const [key, value] of Object.entries(place)) writer.message(13, new WireWriter().text(1, key).text(2, value))
  // data_location: EXTERNAL
  return writer.integer(14, 1).finish()
}

class OpenFiles implements Disposable {
  readonly #folder: string
  readonly #windows = new Map<string, FileWindow>()

  constructor(folder: string) {
    this.#folder = folder
  }

  read({ file, offset, length }: Exclude<Payload, { kind: 'bytes' }>): Uint8Array {
    const window = this.#windows.get(file) ?? new FileWindow(join(this.#folder, file))
    this.#windows.set(file, window)
    return window.read(offset, length)
  }

  [Symbol.dispose](): void {
    for (const window of this.#windows.values()) window[Symbol.dispose]()
  }
}
