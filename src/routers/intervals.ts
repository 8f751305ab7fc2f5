import { z } from 'zod'
import type { Random } from '../spec/ports.ts'

/** A 95 % confidence interval. */
export const intervalSchema = z.strictObject({ low: z.number(), high: z.number() })
export type Interval = z.infer<typeof intervalSchema>

const z95 = 1.959964

/** Interval of a share of which `hits` of `count` were seen (Wilson 1927); 0..1 when nothing was seen. */
export function wilsonInterval(hits: number, count: number): Interval {
  if (count === 0) return { low: 0, high: 1 }
  const share = hits / count
  const scale = 1 + z95 ** 2 / count
  const middle = (share + z95 ** 2 / (2 * count)) / scale
  const half = (z95 / scale) * Math.sqrt((share * (1 - share)) / count + z95 ** 2 / (4 * count ** 2))
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}

/** Interval of the mean of values, by the percentiles of means of resampled values (Efron 1979). */
export function bootstrapInterval(values: readonly number[], random: Random, resamples = 1000): Interval {
  const means = Array.from({ length: resamples }, () => {
    let sum = 0
    for (let draw = 0; draw < values.length; draw++) sum += values[Math.floor(random() * values.length)] ?? 0
    return sum / Math.max(1, values.length)
  }).toSorted((a, b) => a - b)
  const at = (share: number) => means[Math.min(means.length - 1, Math.floor(share * means.length))] ?? Number.NaN
  return { low: at(0.025), high: at(0.975) }
}
