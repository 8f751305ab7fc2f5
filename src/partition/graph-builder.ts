import { dataType } from './data-type.ts'
import type { OnnxModel, OnnxTensor, Payload } from './onnx-model.ts'
import { makeNode, type NodeOptions, type OnnxNode } from './onnx-node.ts'
import { makeValueInfo, type ValueInfo } from './value-info.ts'
import { WireWriter } from './wire-writer.ts'

/** Domain of the fused operators that onnxruntime adds to ONNX. */
export const microsoftDomain = 'com.microsoft'

/** Puts a new model together, node by node, in topological order. */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = []
  readonly #initializers = new Map<string, OnnxTensor>()
  readonly #inputs: ValueInfo[] = []
  readonly #outputs: ValueInfo[] = []

  input(name: string, type: number, dims: readonly (number | string)[]): string {
    this.#inputs.push(makeValueInfo(name, type, dims))
    return name
  }

  output(name: string, type: number, dims: readonly (number | string)[]): void {
    this.#outputs.push(makeValueInfo(name, type, dims))
  }

  /** Adds a node whose outputs, unless named, are one value called after the node. Gives the name of the first output. */
  node(options: Omit<NodeOptions, 'outputs'> & { readonly outputs?: readonly string[] }): string {
    const { name, outputs = [`${name}/output_0`] } = options
    this.#nodes.push(makeNode({ ...options, outputs }))
    return outputs[0] ?? ''
  }

  tensor(name: string, type: number, dims: readonly number[], payload: Payload): string {
    this.#initializers.set(name, { name, dataType: type, dims, payload })
    return name
  }

  /** A small constant of int64 values; a scalar when `dims` is empty. */
  integers(name: string, values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.tensor(name, dataType.int64, dims, int64Payload(values))
  }

  /** The finished model. `folder` is where files of payloads lie. */
  model({ folder, producer }: { readonly folder: string; readonly producer: string }): OnnxModel {
    const header = new WireWriter().integer(1, 10).text(2, producer)
    header.message(8, new WireWriter().text(1, '').integer(2, 21))
    header.message(8, new WireWriter().text(1, microsoftDomain).integer(2, 1))
    const graph = {
      name: 'main_graph',
      nodes: this.#nodes,
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: this.#outputs,
      valueInfo: new Map<string, ValueInfo>(),
      rest: new Uint8Array(0),
    }
    return { folder, header: header.finish(), graph }
  }
}

/** Values as the payload of an int64 tensor. */
export function int64Payload(values: readonly (number | bigint)[]): Payload {
  return { kind: 'bytes', bytes: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer) }
}
