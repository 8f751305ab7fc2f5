import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import { tensorBytes } from './data-type.ts'
import type { OnnxTensor, Payload } from './onnx-model.ts'
import { type ByteSource, fail, readFields, readPackedVarints, readText, type WireField } from './wire-reader.ts'

const maxDims = 64

/** Sizes of external data files by name, asked of the disk once. */
export class ExternalFiles {
  readonly #folder: string
  readonly #sizes = new Map<string, number>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Size in bytes. Throws `model-invalid` unless `location` is the plain name of a regular file in the model's folder. */
  sizeOf(location: string): number {
    const known = this.#sizes.get(location)
    if (known !== undefined) return known
    // A location may hold anything, and the engine would open it: no way out of the folder, not even by a link.
    if (!/^[^/\\:\0]+$/.test(location) || location === '.' || location === '..') {
      throw new EdgewiseError(
        'model-invalid',
        `external data must lie beside the graph; the location ${JSON.stringify(location.slice(0, 200))} does not`,
      )
    }
    const status = lstatSync(join(this.#folder, location), { throwIfNoEntry: false })
    if (status === undefined)
      throw new EdgewiseError('model-invalid', `the external data file ${location} is missing in ${this.#folder}`)
    if (!status.isFile())
      throw new EdgewiseError(
        'model-invalid',
        `the external data ${location} is a link or no regular file; put the file itself there`,
      )
    this.#sizes.set(location, status.size)
    return status.size
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
  const file = locations.get('location') ?? ''
  const size = external.sizeOf(file)
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
