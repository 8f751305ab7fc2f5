import type { RoutingLine } from '../../routers/calibrate.ts'
import type { ThresholdEffect } from '../../routers/choose-threshold.ts'

export interface PlotCurveOptions {
  readonly lines: readonly RoutingLine[]
  readonly effect: ThresholdEffect
}

/** More points than a plot has pixels only make the file large. */
const mostPoints = 200

/** Quality against local share as an SVG: the calibrated curve, the lines beside it, and the chosen threshold with its intervals. */
export async function plotCurve({ lines, effect }: PlotCurveOptions): Promise<string> {
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')])
  const values = lines.flatMap(({ name, curve }) =>
    curve
      .filter((_, index) => index % Math.ceil(curve.length / mostPoints) === 0 || index === curve.length - 1)
      .map(({ escalated, quality }) => ({ name, local: 100 * (1 - escalated), quality: 100 * quality })),
  )
  const { low, high } = effect.qualityInterval
  const chosen = [{ local: 100 * effect.localShare, quality: 100 * effect.quality, low: 100 * low, high: 100 * high }]
  const { spec } = compile({
    width: 520,
    height: 340,
    background: 'white',
    title: 'Quality against what is answered locally',
    layer: [
      {
        data: { values },
        mark: { type: 'line', interpolate: 'linear' },
        encoding: {
          x: { field: 'local', type: 'quantitative', title: 'answered locally, %' },
          y: { field: 'quality', type: 'quantitative', title: 'quality, %', scale: { zero: false } },
          color: { field: 'name', type: 'nominal', title: null, sort: lines.map(({ name }) => name) },
        },
      },
      {
        data: { values: chosen },
        mark: { type: 'rule', color: 'black' },
        encoding: {
          x: { field: 'local', type: 'quantitative' },
          y: { field: 'low', type: 'quantitative' },
          y2: { field: 'high' },
        },
      },
      {
        data: { values: chosen },
        mark: { type: 'point', color: 'black', filled: true, size: 60 },
        encoding: {
          x: { field: 'local', type: 'quantitative' },
          y: { field: 'quality', type: 'quantitative' },
        },
      },
    ],
  })
  const view = new View(parse(spec), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}
