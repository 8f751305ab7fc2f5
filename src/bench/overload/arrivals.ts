import type { Random } from '../../spec/ports.ts'

/** Moments of a Poisson process within `seconds`, in milliseconds from its start: the gaps are exponential with mean 1 / `perSecond`. */
export function poissonArrivals({
  perSecond,
  seconds,
  random,
}: {
  readonly perSecond: number
  readonly seconds: number
  readonly random: Random
}): readonly number[] {
  const moments: number[] = []
  for (let atMs = gap(); atMs < seconds * 1000; atMs += gap()) moments.push(atMs)
  return moments

  function gap(): number {
    return (-Math.log(1 - random()) * 1000) / perSecond
  }
}
