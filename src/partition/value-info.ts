import { type ByteSource, memorySource, readFields, readText } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** Name, element type and shape of a value. A dimension is a number, a symbol, or undefined when nothing is said. */
export interface ValueInfo {
  readonly name: string
  /** Number of the element type; 0 when the value is no tensor. */
  readonly dataType: number
  readonly dims: readonly (number | string | undefined)[]
  /** As encoded in the file. */
  readonly bytes: Uint8Array
}

/** A new value info for a tensor. */
export function makeValueInfo(name: string, dataType: number, dims: readonly (number | string)[]): ValueInfo {
  const shape = new WireWriter()
  for (const dim of dims) {
    const encoded = new WireWriter()
    shape.message(1, typeof dim === 'number' ? encoded.integer(1, dim) : encoded.text(2, dim))
  }
  const tensor = new WireWriter().integer(1, dataType).message(2, shape)
  const bytes = new WireWriter().text(1, name).message(2, new WireWriter().message(1, tensor)).finish()
  return { name, dataType, dims, bytes }
}

/** Reads an encoded ValueInfoProto. Throws `model-invalid`. */
export function parseValueInfo(bytes: Uint8Array, file: string): ValueInfo {
  const source = memorySource(bytes, file)
  let name = ''
  let type = { dataType: 0, dims: [] as (number | string | undefined)[] }
  for (const field of readFields(source, 0, bytes.length)) {
    if (field.number === 1) name = readText(source, field)
    // TypeProto: only tensor_type (1) is read.
    if (field.number !== 2) continue
    for (const inner of readFields(source, field.start, field.end)) {
      if (inner.number === 1) type = parseTensorType(source, inner.start, inner.end)
    }
  }
  return { name, ...type, bytes }
}

function parseTensorType(source: ByteSource, start: number, end: number) {
  let dataType = 0
  const dims: (number | string | undefined)[] = []
  for (const field of readFields(source, start, end)) {
    if (field.number === 1) dataType = field.value
    if (field.number !== 2) continue
    for (const dim of readFields(source, field.start, field.end)) {
      if (dim.number === 1) dims.push(parseDim(source, dim.start, dim.end))
    }
  }
  return { dataType, dims }
}

function parseDim(source: ByteSource, start: number, end: number): number | string | undefined {
  let dim: number | string | undefined
  for (const field of readFields(source, start, end)) {
    if (field.number === 1) dim = field.value
    if (field.number === 2) dim = readText(source, field)
  }
  return dim
}
