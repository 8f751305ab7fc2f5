/** What is known of a model that turns texts into vectors, before it is loaded. */
export interface EmbeddingManifest {
  /** Name by which requests ask for it. */
  readonly id: string
  readonly folder: string
  /** Path of the graph, relative to the folder. */
  readonly path: string
  /** Files outside of the folder that links in it lead to. */
  readonly linkedFiles: readonly string[]
  /** Length of its vectors. */
  readonly dimensions: number
  /** Tokens of one text, those that the model adds included. */
  readonly contextTokens: number
  /** What becomes the vector of a text: the mean of its tokens' vectors, or that of its first token. */
  readonly pooling: 'mean' | 'cls'
  /** True when vectors are scaled to length 1. */
  readonly normalises: boolean
}
