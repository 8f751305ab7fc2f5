import { median } from './median.ts'

/** What a member did in the last window. */
export interface MemberRecord {
  readonly name: string
  /** Requests with a verdict. */
  readonly requests: number
  readonly failures: number
  /** Times to the first part, in milliseconds, in no particular order. */
  readonly firstPartMs: readonly number[]
}

export interface Outlier {
  readonly name: string
  /** For a person. */
  readonly because: string
  /** How far it lies from the others; the worst is the highest. */
  readonly excess: number
}

/** Fewer requests than this say nothing about a member. */
export const leastRequests = 10
/** A share of failures this much above the others' median is far. */
const failureMargin = 0.3
/** A first part is far when it takes this many times the others' median, and this much longer. */
const slownessFactor = 3
const slownessMarginMs = 500

/** Members that fail far more, or begin far later, than the median of the others that offer the same; the worst first. */
export function findOutliers(records: readonly MemberRecord[]): readonly Outlier[] {
  const outliers = records.flatMap((record) => {
    const others = records.filter((other) => other !== record)
    return failingMore(record, others) ?? beginningLater(record, others) ?? []
  })
  return outliers.toSorted((left, right) => right.excess - left.excess)
}

function failingMore(record: MemberRecord, others: readonly MemberRecord[]): Outlier | undefined {
  const [share, usual] = [shareOf(record), median(others.flatMap((other) => shareOf(other) ?? []))]
  if (share === undefined || usual === undefined || share - usual <= failureMargin) return undefined
  const because = `it fails ${percent(share)} of its requests, the others ${percent(usual)}`
  return { name: record.name, because, excess: 1 + share - usual }
}

function beginningLater(record: MemberRecord, others: readonly MemberRecord[]): Outlier | undefined {
  const [ms, usualMs] = [firstPartOf(record), median(others.flatMap((other) => firstPartOf(other) ?? []))]
  if (ms === undefined || usualMs === undefined) return undefined
  if (ms <= slownessFactor * usualMs || ms - usualMs <= slownessMarginMs) return undefined
  const because = `its first token takes ${Math.round(ms)} ms, that of the others ${Math.round(usualMs)} ms`
  return { name: record.name, because, excess: 1 - usualMs / ms }
}

function shareOf({ requests, failures }: MemberRecord): number | undefined {
  return requests < leastRequests ? undefined : failures / requests
}

function firstPartOf({ firstPartMs }: MemberRecord): number | undefined {
  return firstPartMs.length < leastRequests ? undefined : median(firstPartMs)
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
