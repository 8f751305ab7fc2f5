import { join } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import { tensorBytes } from './data-type.ts'
import type { OnnxTensor, Payload } from './onnx-model.ts'
import { realFile } from './real-file.ts'
import { type ByteSource, fail, readFields, readPackedVarints, readText, type WireField } from './wire-reader.ts'

const maxDims = 64

/** External data files by the name that the graph gives them, asked of the disk once. */
export class ExternalFiles {
  readonly #beside: string
  readonly #folder: string
  readonly #found = new Map<string, { readonly name: string; readonly bytes: number }>()

  /** `beside`: folder of the graph as it was named. `folder`: where its file lies, and theirs have to. They differ in a cache of links. */
  constructor({ beside, folder }: { beside: string; folder: string }) {
    this.#beside = beside
    this.#folder = folder
  }

  /** Name in `folder`, and size. Throws `model-invalid` unless `location` is the plain name of a file beside the graph. */
  find(location: string): { readonly name: string; readonly bytes: number } {
    const known = this.#found.get(location)
    if (known !== undefined) return known
    // A location may hold anything, and the engine would open it: no way out of the folder, not even by a link.
    if (!/^[^/\\:\0]+$/.test(location) || location === '.' || location === '..') {
      throw new EdgewiseError(
        'model-invalid',
        `external data must lie beside the graph; the location ${JSON.stringify(location.slice(0, 200))} does not`,
      )
    }
    const file = realFile(join(this.#beside, location))
    if (file === undefined)
      throw new EdgewiseError('model-invalid', `the external data file ${location} is missing in ${this.#beside}`)
    if (file.folder !== this.#folder)
      throw new EdgewiseError('model-invalid', `the external data ${location} lies in another folder than its graph`)
    this.#found.set(location, file)
    return file
  }
}

/** Reads the TensorProto at [start, end) but for its values. Throws `model-invalid` when shape, length and file do not go together. */
export function readOnnxTensor(source: ByteSource, { start, end }: WireField, external: ExternalFiles): OnnxTensor {
  const dims: number[] = []
  const locations = new Map<string, string>()
  let dataType = 0
  let name = ''
  let raw: WireField | undefined
  for (const field of readFields(source, start, end)) {
    if (field.number === 1) readDims(source, field, dims)
    else if (field.number === 2) dataType = field.value
    else if (field.number === 8) name = readText(source, field)
    else if (field.number === 9) raw = field
    else if (field.number === 13) readEntry(source, field, locations)
  }
  const payload = locations.has('location')
    ? externalPayload(source, start, { name, locations, external })
    : inlinePayload(source.name, { start, end }, raw)
  checkLength(source, start, { name, dataType, dims, payload })
  return { name, dataType, dims, payload }
}

function readDims(source: ByteSource, field: WireField, dims: number[]): void {
  for (const dim of readPackedVarints(source, field)) {
    if (dim < 0 || !Number.isSafeInteger(dim)) fail(source, field.tagStart, `has a tensor dimension of ${dim}`)
    if (dims.push(dim) > maxDims) fail(source, field.tagStart, `has a tensor of more than ${maxDims} dimensions`)
  }
}

function readEntry(source: ByteSource, field: WireField, entries: Map<string, string>): void {
  let key = ''
  let value = ''
  for (const inner of readFields(source, field.start, field.end)) {
    if (inner.number === 1) key = readText(source, inner)
    if (inner.number === 2) value = readText(source, inner)
  }
  entries.set(key, value)
}

function externalPayload(
  source: ByteSource,
  position: number,
  { name, locations, external }: { name: string; locations: ReadonlyMap<string, string>; external: ExternalFiles },
): Payload {
  const { name: file, bytes: size } = external.find(locations.get('location') ?? '')
  const offset = decimal(source, position, locations.get('offset') ?? '0')
  const length = decimal(source, position, locations.get('length') ?? String(Math.max(0, size - offset)))
  if (offset + length > size) {
    fail(source, position, `puts ${name} at bytes ${offset} to ${offset + length} of ${file}, which has ${size}`)
  }
  return { kind: 'raw', file, offset, length }
}

function decimal(source: ByteSource, position: number, text: string): number {
  if (!/^\d{1,15}$/.test(text)) fail(source, position, 'has an external offset or length that is no number')
  return Number(text)
}

function inlinePayload(
  file: string,
  { start, end }: { start: number; end: number },
  raw: WireField | undefined,
): Payload {
  if (raw === undefined) return { kind: 'message', file, offset: start, length: end - start }
  return { kind: 'raw', file, offset: raw.start, length: raw.end - raw.start }
}

function checkLength(source: ByteSource, position: number, { name, dataType, dims, payload }: OnnxTensor): void {
  if (name === '') fail(source, position, 'has an initializer without a name')
  const expected = tensorBytes(dataType, dims)
  if (expected === undefined || payload.kind !== 'raw' || payload.length === expected) return
  fail(source, position, `gives ${name} the shape [${dims}] of ${expected} bytes, but holds ${payload.length}`)
}
