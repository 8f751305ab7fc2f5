import type { Wish } from '../../routers/choose-threshold.ts'
import type { Interval } from '../../routers/intervals.ts'
import type { FoundCalibration } from './run-calibration.ts'
import { tellTable } from './tell-table.ts'

/** What was asked, what the threshold does, and the lines to hold it against. */
export function tellCalibration({ wish, model, cloudModel, effect, lines, files }: FoundCalibration): string {
  const rows = lines.map(({ name, localShare, quality, gapRecovered }) => [
    name,
    percent(localShare),
    percent(quality),
    signed(quality - effect.cloudQuality),
    gapRecovered === undefined ? '–' : gapRecovered.toFixed(3),
  ])
  return [
    `${model} -> ${cloudModel}, ${effect.rows} rows, each judged by a router that has not seen it`,
    `asked: ${tellWish(wish)}`,
    '',
    tellTable(['', 'local %', 'quality %', 'to cloud', 'APGR'], rows),
    '',
    `threshold ${effect.threshold.toFixed(4)}${effect.threshold >= 1 ? ': nothing less keeps what was asked; everything is passed on' : ''}`,
    `  answered locally  ${percent(effect.localShare)} %, 95 %: ${range(effect.localShareInterval)}`,
    `  quality           ${percent(effect.quality)} %, 95 %: ${range(effect.qualityInterval)}`,
    `  to the cloud      ${signed(effect.toCloud)} points, 95 %: ${signed(effect.toCloudInterval.low)} to ${signed(effect.toCloudInterval.high)}`,
    '',
    `calibration   ${files.calibration}`,
    `policy patch  ${files.policy}`,
    `plot          ${files.plot}`,
  ].join('\n')
}

function tellWish(wish: Wish): string {
  if ('within' in wish)
    return `as much as possible locally, at most ${percent(wish.within)} points below the cloud model`
  if ('quality' in wish) return `as much as possible locally, quality of at least ${percent(wish.quality)} %`
  return `${percent(wish.localShare)} % answered locally`
}

function percent(share: number): string {
  return (100 * share).toFixed(1)
}

function signed(share: number): string {
  const text = percent(share)
  return share >= 0 ? `+${text}` : text
}

function range({ low, high }: Interval): string {
  return `${percent(low)} to ${percent(high)} %`
}
