/** Transformer layers [start, end): `start` included, `end` excluded. The embedding and the LM head are not layers. */
export interface LayerRange {
  readonly start: number
  readonly end: number
}
