import { describe, expect, it } from 'vitest'
import { type MockFault, startMockUpstream } from '../../src/testing/mock-upstream.ts'
import { sanitised, upstreamAt } from '../engines/upstream/mock-model.ts'
import { startScriptedEdge } from './scripted-edge.ts'

const local = [
  { type: 'text-delta', text: ' and the rest.' },
  { type: 'finish', reason: 'stop', usage: { promptTokens: 3, completionTokens: 4 } },
] as const

interface Case {
  readonly fault: MockFault
  /** Where the answer ends when policy lets it go on, and its text. */
  readonly continued: readonly [place: string, text: string]
  /** Error code that ends it when policy does not; absent: it ends well. */
  readonly code?: string
}

const whole = ['cloud', 'Is 泵 well?'] as const
const afterTwo = ['local', 'Is 泵 and the rest.'] as const
const cases: readonly Case[] = [
  { fault: { kind: 'none' }, continued: whole },
  { fault: { kind: 'missing-done' }, continued: whole },
  { fault: { kind: 'split-utf8' }, continued: whole },
  { fault: { kind: 'cut', afterChunks: 2 }, continued: afterTwo, code: 'stream-cut' },
  { fault: { kind: 'end', afterChunks: 2 }, continued: afterTwo, code: 'stream-cut' },
  { fault: { kind: 'stall', afterChunks: 2 }, continued: afterTwo, code: 'upstream-timeout' },
  { fault: { kind: 'malformed-event', afterChunks: 2 }, continued: afterTwo, code: 'upstream-failed' },
  { fault: { kind: 'error-event', afterChunks: 2 }, continued: afterTwo, code: 'upstream-failed' },
  // Nothing was shown yet, so the local model answers from the beginning under either policy.
  { fault: { kind: 'huge-event', bytes: 5_000_000 }, continued: ['local', ' and the rest.'] },
  { fault: { kind: 'html' }, continued: ['local', ' and the rest.'] },
  { fault: { kind: 'status', status: 503 }, continued: ['local', ' and the rest.'] },
  { fault: { kind: 'delay' }, continued: ['local', ' and the rest.'] },
]

async function ask(fault: MockFault, onCloudLoss: string) {
  await using mock = await startMockUpstream({ answer: { pieces: ['Is', ' 泵', ' well?'] }, models: ['large'] })
  await using cloudModel = upstreamAt(mock.baseUrl, {
    model: 'large',
    capabilities: ['continuation'],
    // What waits in these tests waits for these limits.
    firstTokenTimeoutMs: 400,
    interTokenTimeoutMs: 400,
  })
  // The first connection of a process is its slowest.
  for await (const _part of cloudModel.generate(sanitised(), new AbortController().signal));
  mock.fail(fault)
  const policy = { mode: 'prefer-cloud', privacy: { personalData: 'allow' }, onCloudLoss }
  await using edge = await startScriptedEdge({ localScript: [local], cloudModel, policy })
  const body = { model: 'auto', stream: true, messages: [{ role: 'user', content: 'pump' }] }
  return read(await (await edge.post(body)).text())
}

/** What a client makes of a stream. */
function read(stream: string) {
  const events = [...stream.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data)
  const chunks = events.filter((data) => data !== '[DONE]').map((data) => JSON.parse(data))
  return {
    isDone: events.at(-1) === '[DONE]',
    text: chunks.map((chunk) => chunk.choices?.[0]?.delta.content ?? '').join(''),
    finishes: chunks.filter((chunk) => chunk.choices?.[0]?.finish_reason != null).length,
    place: chunks.findLast((chunk) => chunk.edgewise !== undefined)?.edgewise.placement,
    code: chunks.at(-1)?.error?.code,
  }
}

describe('a cloud that fails in its stream', () => {
  it.each(cases)('is survived where policy lets the local model go on: $fault.kind', async ({ fault, continued }) => {
    const [place, text] = continued
    expect(await ask(fault, 'continue')).toEqual({ isDone: true, text, finishes: 1, place, code: undefined })
  })

  it.each(cases)('ends in an explicit error where policy does not: $fault.kind', async ({ fault, continued, code }) => {
    const answer = await ask(fault, 'error')
    const [place, text] = continued
    if (code === undefined) expect(answer).toMatchObject({ isDone: true, text, place, finishes: 1 })
    else expect(answer).toMatchObject({ isDone: false, text: 'Is 泵', finishes: 0, code })
  })
})
