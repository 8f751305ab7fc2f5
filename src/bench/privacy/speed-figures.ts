import { detectInTexts } from '../../privacy/detect-in-texts.ts'
import { createDetector } from '../../privacy/detector.ts'
import type { Detector } from '../../privacy/recognizers/recognizer.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { readPacked, sharedData } from '../cascade/shared-data.ts'
import { measureGuardSpeed } from '../guard/guard-speed.ts'
import { median } from '../statistics.ts'
import { hostileTexts } from './hostile-texts.ts'
import { namesInProcess } from './names-in-process.ts'
import { readAnnotated } from './sets/read-annotated.ts'

/** How fast recognizers alone are, how fast the whole guard, and that neither can be kept busy by a text made for it. */
export async function measureSpeed(context: BenchContext): Promise<readonly Figure[]> {
  const { say, names } = context
  const detector = createDetector()
  return [
    ...throughputs(detector, say),
    ...(await measureGuardSpeed(context)),
    ...growth(detector, say),
    ...(names === 'none' ? [] : await growthWithNames(context)),
  ]
}

function throughputs(detector: Detector, say: BenchContext['say']): readonly Figure[] {
  const [clinical, manual] = [sharedData('meddocan', 'dev'), sharedData('psdocs', 'psdocs.txt.gz')]
  if (clinical === undefined || manual === undefined) {
    say('skipped: speed on meddocan and psdocs, which are not beside the checkout (set EDGEWISE_DATA)')
    return []
  }
  const cases = readAnnotated(clinical)
    .map(({ text }) => text)
    .join('\n')
  say('speed on clinical cases and on a manual')
  return [
    throughput(detector, 'clinical cases', cases),
    throughput(detector, 'a manual (psdocs)', readPacked(manual).slice(0, 2_000_000)),
  ]
}

function throughput(detector: Detector, name: string, text: string): Figure {
  const megabytes = new TextEncoder().encode(text).length / 1e6
  const times = [1, 2, 3, 4, 5].map(() => cpuTimeOf(() => detector.detect(text)))
  return {
    name: `all recognizers over ${name}`,
    value: megabytes / (median(times) / 1000),
    unit: 'MB a second of CPU',
    goal: '>= 20',
  }
}

/** How the time grows when a hostile text doubles, taken over two doublings, the worst of all; the least of two runs each. */
function growth(detector: Detector, say: BenchContext['say']): readonly Figure[] {
  say('hostile texts of 250,000 and 1,000,000 units')
  const measured = [...hostileTexts(1).keys()].map((name) => {
    const [quarter = 0, whole = 0] = [250_000, 1_000_000].map((length) => {
      const text = hostileTexts(length).get(name) ?? ''
      return Math.min(...[1, 2].map(() => cpuTimeOf(() => detector.detect(text))))
    })
    return { name, ratio: Math.sqrt(whole / quarter), ms: whole }
  })
  return growthFigures('recognizers alone', measured, { units: '1,000,000', unit: 'ms of CPU' })
}

/** The same with the name model, in shorter texts. */
async function growthWithNames({ say, names }: BenchContext): Promise<readonly Figure[]> {
  say('hostile texts of 10,000 and 40,000 units for the name model')
  await using opened = await namesInProcess(names)
  const { signal } = new AbortController()
  const measured: Growth[] = []
  for (const name of hostileTexts(1).keys()) {
    const [quarter, whole] = [await least(name, 10_000), await least(name, 40_000)]
    measured.push({ name, ratio: Math.sqrt(whole / quarter), ms: whole })
  }
  return growthFigures('recognizers and name model', measured, { units: '40,000', unit: 'ms of CPU' })

  async function least(name: string, length: number): Promise<number> {
    const text = hostileTexts(length).get(name) ?? ''
    const took: number[] = []
    for (let round = 0; round < 5; round++) {
      const before = process.cpuUsage()
      await detectInTexts(opened.detector, [text], signal)
      const { user, system } = process.cpuUsage(before)
      took.push((user + system) / 1000)
    }
    return Math.min(...took)
  }
}

interface Growth {
  readonly name: string
  /** Time of a text of twice the length. */
  readonly ratio: number
  readonly ms: number
}

function growthFigures(
  label: string,
  measured: readonly Growth[],
  { units, unit }: { readonly units: string; readonly unit: string },
): readonly Figure[] {
  const steepest = measured.toSorted((a, b) => b.ratio - a.ratio)[0]
  const slowest = measured.toSorted((a, b) => b.ms - a.ms)[0]
  return [
    {
      name: `growth per doubling, worst of ${measured.length} hostile texts (${steepest?.name}), ${label}`,
      value: steepest?.ratio ?? Number.NaN,
      unit: 'times',
      goal: '<= 3',
    },
    {
      name: `slowest hostile text of ${units} units (${slowest?.name}), ${label}`,
      value: slowest?.ms ?? Number.NaN,
      unit,
    },
  ]
}

/** Milliseconds of CPU, which other programs on the machine do not add to. */
function cpuTimeOf(work: () => unknown): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
