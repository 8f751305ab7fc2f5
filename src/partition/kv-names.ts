/** Layer of an input `past_key_values.N.key` or `.value`; undefined for any other name. */
export function layerOfPast(input: string): number | undefined {
  const match = /^past_key_values\.(\d+)\.(?:key|value)$/.exec(input)
  return match === null ? undefined : Number(match[1])
}

/** The output that gives the rows of this past back, with those of the step. */
export function presentOf(past: string): string {
  return past.replace('past_key_values', 'present')
}

/** Layer of an output `present.N.key` or `.value`; undefined for any other name. */
export function layerOfPresent(output: string): number | undefined {
  const match = /^present\.(\d+)\.(?:key|value)$/.exec(output)
  return match === null ? undefined : Number(match[1])
}
