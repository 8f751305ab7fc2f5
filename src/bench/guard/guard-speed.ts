import { createDetector } from '../../privacy/detector.ts'
import { createGuard } from '../../privacy/guard.ts'
import { policySchema } from '../../spec/policy.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { Figure } from '../bench.ts'
import { median, quantile } from '../statistics.ts'

const note =
  'The patient, Maria Gonzalez, was seen by Dr. James Miller at 14:30 on March 3, 2021; call 415-555-2671 or maria.gonzalez@example.org. MRN: 00123456. She had a cough for three days, no fever, and slept badly. '
/** As a rule of thumb for English text. */
const charactersPerToken = 4

/** Time in the whole guard for requests that are full of findings, each a new conversation: patterns, dictionaries, pseudonyms, encryption of names. */
export async function measureGuardSpeed(say: (line: string) => void): Promise<readonly Figure[]> {
  const guard = createGuard({
    policy: policySchema.parse({ privacy: { personalData: 'protect' } }),
    detector: createDetector(),
  })
  const measure = async (tokens: number, times: number) => {
    say(`${times} requests of ${tokens} tokens`)
    const took: number[] = []
    for (let index = 0; index < times; index++) {
      const request = requestOf(tokens, index)
      const start = performance.now()
      await guard.protect(request, { keyId: 'bench', signal: new AbortController().signal })
      // The first ones are compiled while they run.
      if (index >= times / 5) took.push(performance.now() - start)
    }
    return took
  }
  const short = await measure(500, 1000)
  const long = await measure(8000, 100)
  return [
    { name: '500 tokens through the guard, p50', value: median(short), unit: 'ms', goal: '<= 8' },
    { name: '500 tokens through the guard, p99', value: quantile(short, 0.99), unit: 'ms', goal: '<= 20' },
    { name: '8,000 tokens through the guard, p50', value: median(long), unit: 'ms', goal: '<= 120' },
  ]
}

function requestOf(tokens: number, index: number): InferenceRequest {
  const length = tokens * charactersPerToken
  const content = `Case ${index}. ${note.repeat(Math.ceil(length / note.length))}`.slice(0, length)
  return {
    id: `request-${index}`,
    model: 'auto',
    messages: [{ role: 'user', content }],
    sampling: { temperature: 0, topP: 1, topK: 0 },
    stop: [],
    conversation: `conversation-${index}`,
  }
}
