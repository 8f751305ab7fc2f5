import { openDetectors } from '../../edge/presets/open-detectors.ts'
import { createGuard, type Guard } from '../../privacy/guard.ts'
import { policySchema } from '../../spec/policy.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { Figure } from '../bench.ts'
import { sharedData } from '../cascade/shared-data.ts'
import { namesInProcess } from '../privacy/names-in-process.ts'
import { readAnnotated } from '../privacy/sets/read-annotated.ts'
import { median, quantile } from '../statistics.ts'

const note =
  'The patient, Maria Gonzalez, was seen by Dr. James Miller at 14:30 on March 3, 2021; call 415-555-2671 or maria.gonzalez@example.org. MRN: 00123456. She had a cough for three days, no fever, and slept badly. '
/** As a rule of thumb for English and Spanish text. */
const charactersPerToken = 4

export interface GuardSpeedOptions {
  readonly say: (line: string) => void
  /** Folder of a name model, or `none`; absent: the bundled one. */
  readonly names?: string
}

/**
 * Time in the whole guard for requests that are full of findings, each a new conversation: patterns, dictionaries, the name model in its process,
 * pseudonyms, encryption of names.
 */
export async function measureGuardSpeed({ say, names }: GuardSpeedOptions): Promise<readonly Figure[]> {
  await using detectors = await openDetectors(names)
  await using inProcess = await namesInProcess(names)
  const policy = policySchema.parse({ privacy: { personalData: 'protect', detectorDeadlineMs: 60_000 } })
  const guard = createGuard({ policy, detector: detectors.detector() })
  const whole = createGuard({ policy, detector: inProcess.detector })
  const figures: Figure[] = []
  for (const [kind, text] of sources()) {
    say(`requests of 500 and 8,000 tokens of ${kind}, ${detectors.label}`)
    const short = { text, tokens: 500, times: 500 }
    const long = { text, tokens: 8000, times: 50 }
    const name = (tokens: string, what: string) =>
      `${tokens} tokens of ${kind} through the guard, ${detectors.label}, ${what}`
    const times = await timesOf(guard, short)
    const cpu = await timesOf(whole, { ...short, clock: cpuMs })
    figures.push(
      { name: name('500', 'p50'), value: median(times), unit: 'ms', goal: '<= 8' },
      { name: name('500', 'p99'), value: quantile(times, 0.99), unit: 'ms', goal: '<= 20' },
      { name: name('8,000', 'p50'), value: median(await timesOf(guard, long)), unit: 'ms', goal: '<= 120' },
      { name: name('500', 'all in one process, p50'), value: median(cpu), unit: 'ms of CPU', goal: '<= 8' },
      { name: name('500', 'all in one process, p99'), value: quantile(cpu, 0.99), unit: 'ms of CPU', goal: '<= 20' },
      {
        name: name('8,000', 'all in one process, p50'),
        value: median(await timesOf(whole, { ...long, clock: cpuMs })),
        unit: 'ms of CPU',
        goal: '<= 120',
      },
    )
  }
  return figures
}

/** A note again and again, and clinical cases where they lie beside the checkout: there no word is known from the piece before. */
function sources(): ReadonlyMap<string, string> {
  const cases = sharedData('meddocan', 'dev')
  const sets = new Map([['a note', note.repeat(200)]])
  if (cases !== undefined)
    sets.set(
      'clinical cases',
      readAnnotated(cases)
        .map(({ text }) => text)
        .join('\n'),
    )
  return sets
}

interface TimesOptions {
  readonly text: string
  readonly tokens: number
  readonly times: number
  /** Milliseconds; default by the wall. */
  readonly clock?: () => number
}

/** CPU time of this process, which other programs on the machine do not add to. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function timesOf(
  guard: Guard,
  { text, tokens, times, clock = () => performance.now() }: TimesOptions,
): Promise<readonly number[]> {
  const took: number[] = []
  for (let index = 0; index < times; index++) {
    const request = requestOf(text, tokens, index)
    const start = clock()
    await guard.protect(request, { keyId: 'bench', signal: new AbortController().signal })
    // The first ones are compiled while they run.
    if (index >= times / 5) took.push(clock() - start)
  }
  return took
}

/** Another piece of the text for each number, as long as there are any. */
function requestOf(text: string, tokens: number, index: number): InferenceRequest {
  const length = tokens * charactersPerToken
  const from = (index * length) % Math.max(1, text.length - length)
  const content = `Case ${index}. ${text.slice(from, from + length)}`.slice(0, length)
  return {
    id: `request-${index}`,
    model: 'auto',
    messages: [{ role: 'user', content }],
    sampling: { temperature: 0, topP: 1, topK: 0 },
    stop: [],
    conversation: `conversation-${index}`,
  }
}
