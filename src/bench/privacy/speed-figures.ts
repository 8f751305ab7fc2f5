import { createDetector } from '../../privacy/detector.ts'
import type { Detector } from '../../privacy/recognizers/recognizer.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { readPacked, sharedData } from '../cascade/shared-data.ts'
import { median, quantile } from '../statistics.ts'
import { hostileTexts } from './hostile-texts.ts'
import { readAnnotated } from './sets/read-annotated.ts'

/** Units of text to a token, as English and Spanish have on average. */
const unitsPerToken = 4

/** Times of the detector alone, without the name model and without the guard around it. */
export function measureSpeed({ say }: BenchContext): readonly Figure[] {
  const detector = createDetector()
  return [...speedOnText(detector, say), ...growth(detector, say)]
}

function speedOnText(detector: Detector, say: BenchContext['say']): readonly Figure[] {
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
    ...latency(detector, cases, { tokens: 500, p50: 8, p99: 20 }),
    ...latency(detector, cases, { tokens: 8000, p50: 120 }),
    throughput(detector, 'clinical cases', cases),
    throughput(detector, 'a manual (psdocs)', readPacked(manual).slice(0, 2_000_000)),
  ]
}

interface Latency {
  readonly tokens: number
  readonly p50: number
  readonly p99?: number
}

function latency(detector: Detector, text: string, { tokens, p50, p99 }: Latency): readonly Figure[] {
  const length = tokens * unitsPerToken
  const pieces = Array.from({ length: Math.floor(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  )
  const times = [1, 2].flatMap(() => pieces.map((piece) => timeOf(() => detector.detect(piece))))
  return [
    { name: `${tokens} tokens of clinical text, p50`, value: median(times), unit: 'ms', goal: `<= ${p50}` },
    {
      name: `${tokens} tokens of clinical text, p99`,
      value: quantile(times, 0.99),
      unit: 'ms',
      ...(p99 !== undefined && { goal: `<= ${p99}` as const }),
    },
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
  const steepest = measured.toSorted((a, b) => b.ratio - a.ratio)[0]
  const slowest = measured.toSorted((a, b) => b.ms - a.ms)[0]
  return [
    {
      name: `growth per doubling, worst of ${measured.length} hostile texts (${steepest?.name})`,
      value: steepest?.ratio ?? Number.NaN,
      unit: 'times',
      goal: '<= 3',
    },
    {
      name: `slowest hostile text of 1,000,000 units (${slowest?.name})`,
      value: slowest?.ms ?? Number.NaN,
      unit: 'ms of CPU',
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

function timeOf(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
