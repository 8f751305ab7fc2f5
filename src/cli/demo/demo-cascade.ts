import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundledEdgeModel } from '../../edge/presets/local-model.ts'
import { parseCalibration } from '../../routers/calibration.ts'
import type { DemoOptions } from './demo-options.ts'

/** When the demo's edge passes a request on. */
export interface DemoCascade {
  /** For `policy.cascade`. */
  readonly settings: { readonly threshold: number } | { readonly calibration: string }
  /** Confidence, 0..1, under which a draft is passed on. */
  readonly threshold: number
  /** What a confidence under that means, behind "the hub where". */
  readonly meaning: string
}

/** The calibration of the bundled pair; it speaks of these two models only. docs/guide/cascade.md has its figures. */
const bundledCalibration = join(bundledEdgeModel, 'calibration.json')
/** Mean token probability, for models that nobody has calibrated. */
const plainThreshold = 0.9

/** The bundled pair is judged by its calibration; with a model of somebody else in it, by the mean token probability. */
export async function demoCascade({
  edgeModel,
  cloud,
}: Pick<DemoOptions, 'edgeModel' | 'cloud'>): Promise<DemoCascade> {
  const percent = (threshold: number) => `${Math.round(100 * threshold)} %`
  if (edgeModel !== undefined || cloud !== undefined) {
    const meaning = `the edge is less than ${percent(plainThreshold)} sure`
    return { settings: { threshold: plainThreshold }, threshold: plainThreshold, meaning }
  }
  const { threshold } = parseCalibration(await readFile(bundledCalibration, 'utf8'), bundledCalibration)
  const meaning = `the edge's answer is less than ${percent(threshold)} likely to be as good as its own`
  return { settings: { calibration: bundledCalibration }, threshold, meaning }
}
