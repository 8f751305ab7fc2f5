import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import { calibrateCascade } from '../../src/routers/calibrate.ts'
import {
  type Calibration,
  checkCalibratedFor,
  createDraftJudge,
  parseCalibration,
} from '../../src/routers/calibration.ts'
import { madeUpExamples } from './examples.ts'

const { router, effect } = calibrateCascade({
  examples: madeUpExamples(80),
  decideAfterTokens: 1,
  wish: { localShare: 0.5 },
  random: createSeededRandom(1),
})
const model = { id: 'small', variant: 'q8', digest: 'a'.repeat(64) }
const calibration: Calibration = {
  format: 'edgewise-calibration',
  version: 1,
  madeAt: '2026-01-01T00:00:00.000Z',
  model,
  cloudModel: 'large',
  decideAfterTokens: 1,
  threshold: effect.threshold,
  router,
  evidence: effect,
}

describe('a calibration', () => {
  it('comes back from its file as it was', () => {
    expect(parseCalibration(JSON.stringify(calibration), 'c.json')).toEqual(calibration)
  })

  it.each([
    ['no JSON', '{', 'it is no JSON'],
    ['another version', JSON.stringify({ ...calibration, version: 2 }), 'version'],
    ['another file', '{"edge":{}}', 'format'],
  ])('is refused when it is %s', (_, text, word) => {
    expect(() => parseCalibration(text, 'c.json')).toThrow(expect.objectContaining({ code: 'config-invalid' }))
    expect(() => parseCalibration(text, 'c.json')).toThrow(word)
  })

  it('holds for the weights it was made with, and for no others', () => {
    checkCalibratedFor(calibration, model)
    const other = { ...model, variant: 'q4', digest: 'b'.repeat(64) }
    expect(() => checkCalibratedFor(calibration, other)).toThrow(/small \(q8\).*small \(q4\)/)
    const { model: _, ...unbound } = calibration
    checkCalibratedFor(unbound, other)
  })

  it('judges no more of a draft than it was fitted to', () => {
    const judge = createDraftJudge(calibration)
    const tokens = [
      { token: 'an', logprob: -0.1, runnerUp: -3 },
      { token: 'swer', logprob: -9, runnerUp: -9 },
    ]
    const [first = tokens[0]] = tokens
    expect(judge.topLogprobs).toBe(2)
    expect(judge.confidence({ prompt: 'train', text: 'answer', tokens })).toBe(
      judge.confidence({ prompt: 'train', text: 'an', tokens: first === undefined ? [] : [first] }),
    )
  })
})
