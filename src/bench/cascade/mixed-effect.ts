import type { Interval } from '../../routers/intervals.ts'
import type { Random } from '../../spec/ports.ts'

/** One row with both models' scores, 0..1, and how sure a judge is of the local answer. */
export interface JudgedRow {
  readonly skill: string
  readonly local: number
  readonly cloud: number
  readonly confidence: number
}

/** What a threshold does to one skill, or to all in equal parts; all 0..1. */
export interface SkillEffect {
  readonly localShare: number
  readonly quality: number
  /** Quality less that of the cloud alone; negative is worse. */
  readonly toCloud: number
}

export interface MixedEffect extends SkillEffect {
  readonly bySkill: ReadonlyMap<string, SkillEffect>
  /** 95 %, from rows resampled within their skill. */
  readonly toCloudInterval: Interval
}

/** What a threshold does when every skill counts the same, however many rows it has. Needs a row. */
export function mixedEffect(rows: readonly JudgedRow[], threshold: number, random: Random): MixedEffect {
  const groups = Map.groupBy(rows, ({ skill }) => skill)
  const bySkill = new Map(groups.entries().map(([skill, own]) => [skill, effectOn(own, threshold)]))
  const all = (key: keyof SkillEffect) => mean([...bySkill.values()].map((effect) => effect[key]))
  const losses = [...groups.values()].map((own) => own.map((row) => lossOf(row, threshold)))
  return {
    bySkill,
    localShare: all('localShare'),
    quality: all('quality'),
    toCloud: all('toCloud'),
    toCloudInterval: mixedInterval(losses, random),
  }
}

export interface Cascade {
  readonly rows: readonly JudgedRow[]
  readonly threshold: number
}

/** How much better one cascade is than another on the same rows in the same order, -1..1, with its 95 % interval. */
export function mixedGain(cascade: Cascade, over: Cascade, random: Random) {
  const outcome = ({ rows, threshold }: Cascade, index: number) => {
    const { local, cloud, confidence } = rows[index] ?? { local: 0, cloud: 0, confidence: 0 }
    return confidence >= threshold ? local : cloud
  }
  // As if the one were the local model and the other one the cloud's, and all of it local.
  const rows = cascade.rows.map(({ skill }, index) => {
    return { skill, local: outcome(cascade, index), cloud: outcome(over, index), confidence: 1 }
  })
  const { toCloud, toCloudInterval } = mixedEffect(rows, 0, random)
  return { quality: toCloud, interval: toCloudInterval }
}

/** The threshold by which this share stays local, as nearly as the rows allow, every skill counted the same. */
export function thresholdFor(rows: readonly JudgedRow[], localShare: number): number {
  const groups = Map.groupBy(rows, ({ skill }) => skill)
  let share = 0
  for (const { skill, confidence } of rows.toSorted((a, b) => b.confidence - a.confidence)) {
    share += 1 / (groups.size * (groups.get(skill)?.length ?? 1))
    if (share >= localShare) return confidence
  }
  return 0
}

function effectOn(rows: readonly JudgedRow[], threshold: number): SkillEffect {
  const isLocal = ({ confidence }: JudgedRow) => confidence >= threshold
  return {
    localShare: mean(rows.map((row) => Number(isLocal(row)))),
    quality: mean(rows.map((row) => (isLocal(row) ? row.local : row.cloud))),
    toCloud: mean(rows.map((row) => lossOf(row, threshold))),
  }
}

function lossOf({ local, cloud, confidence }: JudgedRow, threshold: number): number {
  return confidence >= threshold ? local - cloud : 0
}

function mixedInterval(groups: readonly (readonly number[])[], random: Random, resamples = 1000): Interval {
  const drawn = (values: readonly number[]) => values.map(() => values[Math.floor(random() * values.length)] ?? 0)
  const means = Array.from({ length: resamples }, () => mean(groups.map((values) => mean(drawn(values)))))
  const sorted = means.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * resamples)] ?? Number.NaN
  return { low: at(0.025), high: at(0.975) }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
