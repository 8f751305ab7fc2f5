/** What is known of a model before it is loaded. Sizes in bytes, lengths in tokens. */
export interface ModelManifest {
  /** Name by which requests ask for it. */
  readonly id: string
  readonly folder: string
  /** Files outside the folder that it links to, in a cache that is made of links; whoever reads the model needs them too. */
  readonly linkedFiles?: readonly string[]
  readonly architecture: string
  readonly layers: number
  readonly hiddenSize: number
  readonly kvHeads: number
  readonly headDim: number
  readonly vocabulary: number
  readonly contextTokens: number
  readonly eosTokenIds: readonly number[]
  /** All graphs found, the chosen one first. */
  readonly variants: readonly ModelVariant[]
}

/** One quantisation of a model: an ONNX graph with the files of its external data. */
export interface ModelVariant {
  /** Name as in the file: `q4`, `q8`, `fp16`, `fp32`. */
  readonly name: string
  /** Path of the graph, relative to the model's folder. */
  readonly path: string
  readonly bytes: number
  /** Why it was or was not chosen, for a person. */
  readonly note: string
}
