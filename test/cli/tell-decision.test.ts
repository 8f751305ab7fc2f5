import { describe, expect, it } from 'vitest'
import { tellDecision } from '../../src/cli/tell-decision.ts'
import type { Decision } from '../../src/spec/decision.ts'

const answeredLocally: Decision = {
  requestId: 'chatcmpl-1',
  startedAt: '2026-11-22T18:46:40.123Z',
  keyId: 'key-1',
  conversation: 'c',
  requestedModel: 'auto',
  stream: true,
  plan: {
    placement: 'local',
    models: ['small'],
    reason: 'prefer-edge',
    mode: 'prefer-edge',
    discloses: 'nothing',
    exact: true,
    estimate: { firstTokenMs: 12.34, tokensPerSecond: 88.8 },
    rejected: [
      { placement: 'cloud', code: 'less-preferred', because: 'mode prefer-edge prefers the one chosen' },
      { placement: 'cascade', code: 'not-configured', because: 'no threshold is set' },
    ],
  },
  steps: [{ atMs: 1, placement: 'local', model: 'small', reason: 'prefer-edge' }],
  outcome: 'answered',
  finishReason: 'stop',
  usage: { promptTokens: 13, completionTokens: 3 },
  firstTokenMs: 15.8,
  totalMs: 20.2,
  sent: { bytes: 0, disclosed: 'nothing', destinations: [] },
}

it('tells of a local answer', () => {
  expect(tellDecision(answeredLocally).split('\n')).toEqual([
    'Request chatcmpl-1 came at 2026-11-22 18:46:40 UTC, asked for model auto and wanted its answer as a stream.',
    'The plan was local with small, because the edge is preferred (mode prefer-edge); expected: first word after about 12 ms, then 89 tokens a second.',
    'It could have been cloud too, but mode prefer-edge prefers the one chosen.',
    'It could not be cascade, because no threshold is set.',
    'It was answered in 20 ms. 13 tokens went in and 3 came out, the first after 16 ms.',
    'Nothing left this machine.',
  ])
})

describe('other turns of events', () => {
  const tell = (change: Partial<Decision>) => tellDecision({ ...answeredLocally, ...change })

  it('are attempts of the client that got the same answer', () => {
    expect(tell({ joins: 1 })).toContain('One repeated attempt of the client got this same answer.')
    expect(tell({ joins: 3 })).toContain('3 repeated attempts of the client got this same answer.')
  })

  it('are an escalation, with the confidence and what was sent', () => {
    const told = tell({
      steps: [
        { atMs: 0, placement: 'cascade', model: 'small, big', reason: 'prefer-edge' },
        { atMs: 310.4, placement: 'cloud', model: 'big', reason: 'low-confidence' },
      ],
      confidence: { value: 0.612, threshold: 0.75 },
      sent: { bytes: 812, disclosed: 'plain', destinations: ['https://hub:4600'] },
    })
    expect(told).toContain(
      'After 310 ms the answer came from cloud (big), because the edge model was not sure enough of its draft.',
    )
    expect(told).toContain(
      'The tokens of the draft had a mean probability of 61 %, where 75 % is asked: too little to keep the draft.',
    )
    expect(told).toContain('812 bytes left this machine for https://hub:4600, as plain text.')
  })

  it('are a draft that a calibration judged', () => {
    expect(tell({ confidence: { value: 0.93, threshold: 0.9, calibrated: true } })).toContain(
      "By its calibration the draft was as good as the cloud's answer with a probability of 93 %, where 90 % is asked: enough to keep the draft.",
    )
  })

  it('are a cut link in the middle of the answer', () => {
    const step = { atMs: 12_345, placement: 'local', model: 'small', reason: 'stream-cut' } as const
    expect(tell({ steps: [...answeredLocally.steps, step] })).toContain(
      'After 12.3 s the answer came from local (small), because the connection to the cloud was cut in the middle of the answer.',
    )
  })

  it('are a refusal without a plan', () => {
    const told = tell({ plan: undefined, steps: [], outcome: 'failed', errorCode: 'link-down' })
    expect(told).toContain('No placement was found for it.')
    expect(told).toContain('It failed after 20 ms, because the hub could not be reached.')
  })

  it('are a client that went away, and an answer cut at its limit', () => {
    expect(tell({ outcome: 'aborted' })).toContain('The client went away after 20 ms.')
    expect(tell({ finishReason: 'length' })).toContain('The answer was cut off at its length limit.')
  })

  it('are told with a word that this version does not know', () => {
    const steps = [...answeredLocally.steps, { atMs: 5, placement: 'local', model: 'm', reason: 'full-moon' } as const]
    expect(tell({ steps })).toContain('because of full-moon.')
    expect(tell({ steps: [...steps, { atMs: 5, placement: 'local', model: 'm', reason: 'constructor' }] })).toContain(
      'because of constructor.',
    )
  })
})
