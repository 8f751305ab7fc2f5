import { dirname } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import { FileWindow } from './file-window.ts'
import type { OnnxGraph, OnnxModel, OnnxTensor } from './onnx-model.ts'
import { type OnnxNode, parseNode } from './onnx-node.ts'
import { ExternalFiles, readOnnxTensor } from './read-onnx-tensor.ts'
import { realFile } from './real-file.ts'
import { requireInline } from './require-inline.ts'
import { parseValueInfo, type ValueInfo } from './value-info.ts'
import { type ByteSource, fail, memorySource, readFields, readText, type WireField, wireType } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** Field of ModelProto that holds the graph. */
const graphField = 7
const functionField = 25
const trainingField = 20
const field = { node: 1, name: 2, initializer: 5, sparse: 15, input: 11, output: 12, valueInfo: 13 } as const

/** Real graphs have a few thousand entries; the limits keep a file of empty messages from filling the memory. */
const maxEntries = 200_000
const maxKeptBytes = 256 * 1024 * 1024

/**
 * Reads an ONNX file without its weights: memory and time grow with the number of nodes, not with the file.
 * Throws `model-invalid`, with file and byte, for anything that is no sound model.
 */
export function readOnnxModel(path: string): OnnxModel {
  // In a cache of links, graph and weights lie under other names, and all in one folder.
  const file = realFile(path)
  const folder = file?.folder ?? dirname(path)
  using source = new FileWindow(file?.path ?? path)
  const header = new WireWriter()
  let graph: OnnxGraph | undefined
  for (const entry of readFields(source, 0, source.size)) {
    if (entry.number !== graphField) {
      header.verbatim(keep(source, entry.tagStart, entry.end))
      checkKept(source, entry.tagStart, header.length)
      if (entry.number === functionField) requireInline(source, entry, 'function')
      if (entry.number === trainingField) requireInline(source, entry, 'training')
      continue
    }
    if (graph !== undefined) fail(source, entry.tagStart, 'holds two graphs')
    graph = readGraph(source, entry, new ExternalFiles({ beside: dirname(path), folder }))
  }
  if (graph === undefined) throw new EdgewiseError('model-invalid', `${path} holds no graph: it is no ONNX model`)
  return { folder, header: header.finish(), graph }
}

function readGraph(source: ByteSource, { start, end }: WireField, external: ExternalFiles): OnnxGraph {
  let name = ''
  let kept = 0
  const nodes: OnnxNode[] = []
  const initializers = new Map<string, OnnxTensor>()
  const inputs: ValueInfo[] = []
  const outputs: ValueInfo[] = []
  const valueInfo = new Map<string, ValueInfo>()
  const rest = new WireWriter()
  let entries = 0
  for (const entry of readFields(source, start, end)) {
    if (++entries > maxEntries) fail(source, entry.tagStart, `has a graph of more than ${maxEntries} entries`)
    if (entry.number !== field.name && entry.wire !== wireType.bytes) {
      fail(source, entry.tagStart, `has a number in field ${entry.number} of its graph`)
    }
    if (entry.number === field.initializer) {
      const tensor = readOnnxTensor(source, entry, external)
      initializers.set(tensor.name, tensor)
      continue
    }
    kept += entry.end - entry.tagStart
    checkKept(source, entry.tagStart, kept)
    const value = () => keep(source, entry.start, entry.end)
    if (entry.number === field.sparse) requireInline(source, entry, 'sparse')
    if (entry.number === field.node) nodes.push(readNode(value(), source.name))
    else if (entry.number === field.name) name = readText(source, entry)
    else if (entry.number === field.input) inputs.push(parseValueInfo(value(), source.name))
    else if (entry.number === field.output) outputs.push(parseValueInfo(value(), source.name))
    else if (entry.number === field.valueInfo) {
      const info = parseValueInfo(value(), source.name)
      valueInfo.set(info.name, info)
    } else rest.verbatim(keep(source, entry.tagStart, entry.end))
  }
  const trueInputs = inputs.filter((input) => !initializers.has(input.name))
  return { name, nodes, initializers, inputs: trueInputs, outputs, valueInfo, rest: rest.finish() }
}

function readNode(bytes: Uint8Array, file: string): OnnxNode {
  requireInline(memorySource(bytes, file), { start: 0, end: bytes.length }, 'node')
  return parseNode(bytes, file)
}

function keep(source: ByteSource, start: number, end: number): Uint8Array {
  checkKept(source, start, end - start)
  return source.read(start, end - start)
}

function checkKept(source: ByteSource, position: number, bytes: number): void {
  if (bytes > maxKeptBytes) {
    fail(source, position, `has a graph of more than ${maxKeptBytes} bytes beside its weights`)
  }
}
