import type { OnnxNode } from './onnx-node.ts'
import type { ValueInfo } from './value-info.ts'

/**
 * An ONNX model as far as graph surgery needs it. Immutable: a rewrite gives a new one. What is not named here is kept as encoded bytes
 * (`header`, `rest`, the nodes' own `bytes`), so that fields unknown to this code survive.
 */
export interface OnnxModel {
  /** Folder in which the files of payloads lie. */
  readonly folder: string
  /** Every field of the model but the graph. */
  readonly header: Uint8Array
  readonly graph: OnnxGraph
}

export interface OnnxGraph {
  readonly name: string
  /** In topological order. */
  readonly nodes: readonly OnnxNode[]
  readonly initializers: ReadonlyMap<string, OnnxTensor>
  /** Without the initializers, which old files list here too. */
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  /** Shapes of values inside the graph, by name: a hint that may be dropped. */
  readonly valueInfo: ReadonlyMap<string, ValueInfo>
  /** Every other field of the graph. */
  readonly rest: Uint8Array
}

/** A constant of the graph. Its values stay where they are until the model is encoded. */
export interface OnnxTensor {
  readonly name: string
  /** Number of the element type, see `data-type.ts`. */
  readonly dataType: number
  readonly dims: readonly number[]
  readonly payload: Payload
}

/** `raw`: little-endian values in a file of the folder. `message`: a whole encoded tensor in a file. `bytes`: little-endian values at hand. */
export type Payload =
  | { readonly kind: 'raw' | 'message'; readonly file: string; readonly offset: number; readonly length: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
