import { type ByteSource, fail, memorySource, readFields, readText, type WireField } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** One operation of a graph. `bytes` is the truth and what gets written; the rest is read from it. */
export interface OnnxNode {
  readonly name: string
  readonly op: string
  readonly domain: string
  /** Names of values; an empty name leaves an optional input out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly bytes: Uint8Array
}

/** Value of an attribute, tagged with its type because ONNX tells 1 from 1.0. */
export type AttributeValue =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }

export interface NodeOptions {
  readonly name: string
  readonly op: string
  readonly domain?: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, AttributeValue>>
}

const field = { input: 1, output: 2, name: 3, op: 4, attribute: 5, domain: 7 } as const

/** A new node. */
export function makeNode({ name, op, domain = '', inputs, outputs, attributes = {} }: NodeOptions): OnnxNode {
  const writer = new WireWriter()
  for (const input of inputs) writer.text(field.input, input)
  for (const output of outputs) writer.text(field.output, output)
  writer.text(field.name, name).text(field.op, op).text(field.domain, domain)
  for (const [key, value] of Object.entries(attributes)) writer.message(field.attribute, encodeAttribute(key, value))
  return { name, op, domain, inputs, outputs, bytes: writer.finish() }
}

/** Reads an encoded NodeProto. Throws `model-invalid`. */
export function parseNode(bytes: Uint8Array, file: string): OnnxNode {
  const source = memorySource(bytes, file)
  const inputs: string[] = []
  const outputs: string[] = []
  let name = ''
  let op = ''
  let domain = ''
  for (const entry of readFields(source, 0, bytes.length)) {
    if (entry.number === field.input) inputs.push(readText(source, entry))
    else if (entry.number === field.output) outputs.push(readText(source, entry))
    else if (entry.number === field.name) name = readText(source, entry)
    else if (entry.number === field.op) op = readText(source, entry)
    else if (entry.number === field.domain) domain = readText(source, entry)
  }
  return { name, op, domain, inputs, outputs, bytes }
}

/** The same node between other values; attributes and unknown fields stay as they are. */
export function rewire(
  node: OnnxNode,
  { inputs = node.inputs, outputs = node.outputs }: { inputs?: readonly string[]; outputs?: readonly string[] },
): OnnxNode {
  const writer = new WireWriter()
  for (const input of inputs) writer.text(field.input, input)
  for (const output of outputs) writer.text(field.output, output)
  for (const entry of readFields(memorySource(node.bytes, node.name), 0, node.bytes.length)) {
    if (entry.number === field.input || entry.number === field.output) continue
    writer.verbatim(node.bytes.subarray(entry.tagStart, entry.end))
  }
  return { ...node, inputs, outputs, bytes: writer.finish() }
}

/** Value of an integer attribute, or undefined when the node does not have it. */
export function readInt(node: OnnxNode, name: string): number | undefined {
  const source = memorySource(node.bytes, node.name)
  for (const entry of readFields(source, 0, node.bytes.length)) {
    if (entry.number !== field.attribute) continue
    let key = ''
    let value = 0
    for (const inner of readFields(source, entry.start, entry.end)) {
      if (inner.number === 1) key = readText(source, inner)
      if (inner.number === 3) value = inner.value
    }
    if (key === name) return value
  }
  return undefined
}

/** Values of the graph around it that a node's subgraphs (`If`, `Loop`) may read: names that they mention, not only those defined outside. */
export function capturedValues(node: OnnxNode): readonly string[] {
  return captured(node, 0)
}

const maxDepth = 16

function captured(node: OnnxNode, depth: number): readonly string[] {
  const source = memorySource(node.bytes, node.name)
  const names: string[] = []
  for (const entry of readFields(source, 0, node.bytes.length)) {
    if (entry.number !== field.attribute) continue
    for (const inner of readFields(source, entry.start, entry.end)) {
      if (inner.number !== 6 && inner.number !== 11) continue
      if (depth === maxDepth) fail(source, inner.tagStart, `nests graphs more than ${maxDepth} deep`)
      names.push(...namesIn(source, inner, depth + 1))
    }
  }
  return names
}

/** Names in a GraphProto: inputs of its nodes, its outputs, and those of the graphs inside. */
function namesIn(source: ByteSource, graph: WireField, depth: number): readonly string[] {
  const names: string[] = []
  for (const entry of readFields(source, graph.start, graph.end)) {
    if (entry.number === 12) {
      for (const inner of readFields(source, entry.start, entry.end)) {
        if (inner.number === 1) names.push(readText(source, inner))
      }
    }
    if (entry.number !== 1) continue
    const node = parseNode(source.read(entry.start, entry.end - entry.start), source.name)
    names.push(...node.inputs, ...captured(node, depth))
  }
  return names
}

/** The same node with one attribute more, which it must not have yet. */
export function addAttribute(node: OnnxNode, name: string, value: AttributeValue): OnnxNode {
  const writer = new WireWriter().verbatim(node.bytes).message(field.attribute, encodeAttribute(name, value))
  return { ...node, bytes: writer.finish() }
}

function encodeAttribute(name: string, value: AttributeValue): WireWriter {
  const writer = new WireWriter().text(1, name)
  // The last field is AttributeProto.type.
  if ('int' in value) return writer.integer(3, value.int).integer(20, 2)
  if ('float' in value) return writer.float(2, value.float).integer(20, 1)
  if ('text' in value) return writer.text(4, value.text).integer(20, 3)
  for (const int of value.ints) writer.integer(8, int)
  return writer.integer(20, 7)
}
