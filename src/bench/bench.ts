/** One measured number, with the goal it is held against, if there is one. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Such as `<= 0.5` or `>= 5`. */
  readonly goal?: Goal
}

export type Goal = `${'<=' | '>='} ${number}`

export interface BenchContext {
  /** A line of progress, for a person who waits. */
  readonly say: (line: string) => void
  /** Path of `--data`: somebody's own set in place of the public ones. */
  readonly data?: string
  /** Path of `--mapping`: foreign names of classes to ours. */
  readonly mapping?: string
  /** Path of `--names`: a name model in place of the bundled one, or `none`. */
  readonly names?: string
}

/** One benchmark: `npm run bench -- NAME`. */
export interface Bench {
  readonly name: string
  readonly summary: string
  run(context: BenchContext): Promise<readonly Figure[]>
}

/** True when the value is as the goal asks. */
export function holds(value: number, goal: Goal): boolean {
  const [sign, limit] = goal.split(' ') as ['<=' | '>=', string]
  return sign === '<=' ? value <= Number(limit) : value >= Number(limit)
}
