import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChoiceInputs, choose } from '../../src/planner/choose.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { Candidate, Plan } from '../../src/spec/plan.ts'
import { inferenceModes } from '../../src/spec/policy.ts'

const local: Candidate = {
  placement: 'local',
  place: 'edge',
  models: ['small'],
  needsLink: false,
  discloses: 'nothing',
  exact: true,
  estimate: { firstTokenMs: 20, tokensPerSecond: 100 },
}
const cloud: Candidate = {
  placement: 'cloud',
  place: 'cloud',
  models: ['large'],
  needsLink: true,
  discloses: 'plain',
  exact: true,
  estimate: { firstTokenMs: 300, tokensPerSecond: 40 },
}
const cascade: Candidate = { ...cloud, placement: 'cascade', place: 'both', models: ['small', 'large'], exact: false }

const inputs: ChoiceInputs = {
  candidates: [local, cloud, cascade],
  mode: 'prefer-edge',
  link: { state: 'up' },
  expectedTokens: 20,
}

function reasons({ rejected }: Plan): Record<string, string> {
  return Object.fromEntries(rejected.map(({ placement, code }) => [placement, code]))
}

function codeOf(given: Partial<ChoiceInputs>): string {
  try {
    choose({ ...inputs, ...given })
    return 'no error'
  } catch (error) {
    return error instanceof EdgewiseError ? error.code : String(error)
  }
}

describe('the choice for one request', () => {
  it.each([
    ['only-edge', 'local'],
    ['prefer-edge', 'cascade'],
    ['prefer-cloud', 'cloud'],
    ['only-cloud', 'cloud'],
  ] as const)('mode %s takes %s when everything is there', (mode, placement) => {
    const plan = choose({ ...inputs, mode })
    expect(plan).toMatchObject({ placement, reason: mode, mode })
    expect(plan.rejected).toHaveLength(2)
  })

  it('stays local when the link is down, and says so', () => {
    for (const mode of ['prefer-edge', 'prefer-cloud'] as const) {
      const plan = choose({ ...inputs, mode, link: { state: 'down', because: 'connection refused' } })
      expect(plan).toMatchObject({ placement: 'local', reason: 'link-down' })
      expect(plan.rejected[0]?.because).toContain('connection refused')
    }
  })

  it('keeps a request that must not leave, before any other reason', () => {
    const plan = choose({ ...inputs, mode: 'prefer-cloud', keptBecause: 'a name was found', link: { state: 'down' } })
    expect(plan).toMatchObject({ placement: 'local', reason: 'privacy' })
    expect(reasons(plan)).toEqual({ cloud: 'privacy', cascade: 'privacy' })
    const pinned = choose({ ...inputs, mode: 'only-cloud', keptBecause: 'a name was found' })
    expect(pinned).toMatchObject({ placement: 'local', reason: 'privacy', mode: 'only-cloud' })
  })

  it('keeps a request local that the link would answer too late', () => {
    const plan = choose({ ...inputs, mode: 'prefer-cloud', deadlineMs: 400 })
    expect(plan).toMatchObject({ placement: 'local', reason: 'deadline' })
    expect(plan.rejected.find(({ placement }) => placement === 'cloud')?.because).toBe(
      'it would take about 800 ms; the deadline is 400 ms',
    )
    expect(choose({ ...inputs, mode: 'prefer-cloud', deadlineMs: 900 }).placement).toBe('cloud')
  })

  it('lets only the model that was asked for answer', () => {
    expect(choose({ ...inputs, model: 'large' })).toMatchObject({ placement: 'cloud', reason: 'model' })
    expect(choose({ ...inputs, mode: 'prefer-cloud', model: 'small' })).toMatchObject({
      placement: 'local',
      reason: 'model',
    })
    expect(codeOf({ model: 'large', link: { state: 'down' } })).toBe('link-down')
  })

  it('goes to the cloud for what the local model cannot do', () => {
    const unavailable = { code: 'capability', because: 'no tools' } as const
    const plan = choose({ ...inputs, candidates: [{ ...local, unavailable }, cloud] })
    expect(plan).toMatchObject({ placement: 'cloud', reason: 'capability' })
    expect(plan.fallback).toBeUndefined()
  })

  it('names as fallback only what needs no link and tells nothing', () => {
    expect(choose({ ...inputs, mode: 'prefer-cloud' }).fallback).toBe('local')
    expect(choose({ ...inputs, mode: 'only-cloud' }).fallback).toBeUndefined()
    expect(choose({ ...inputs, model: 'large' }).fallback).toBeUndefined()
    expect(choose({ ...inputs, mode: 'only-edge' }).fallback).toBeUndefined()
  })

  it('refuses with the most useful reason, and says when to try again', () => {
    expect(codeOf({ mode: 'only-cloud', link: { state: 'down' } })).toBe('link-down')
    expect(codeOf({ mode: 'only-cloud', keptBecause: 'kept', candidates: [cloud] })).toBe('policy-forbids')
    expect(codeOf({ mode: 'only-cloud', candidates: [local] })).toBe('policy-forbids')
    expect(codeOf({ mode: 'only-cloud', deadlineMs: 10 })).toBe('deadline-exceeded')
    expect(codeOf({ candidates: [] })).toBe('policy-forbids')
    expect(() => choose({ ...inputs, mode: 'only-cloud', link: { state: 'down' } })).toThrow(
      expect.objectContaining({ retryAfterSeconds: 5 }),
    )
  })

  it('never breaks a rule, whatever it is given', () => {
    const candidate = fc.record({
      placement: fc.constantFrom('local', 'cloud', 'cascade', 'split'),
      place: fc.constantFrom('edge', 'cloud', 'both'),
      models: fc.subarray(['small', 'large'], { minLength: 1 }),
      needsLink: fc.boolean(),
      discloses: fc.constantFrom('nothing', 'plain'),
      exact: fc.boolean(),
      estimate: fc.constant({ firstTokenMs: 10, tokensPerSecond: 10 }),
    }) as fc.Arbitrary<Candidate>
    const given = fc.record({
      candidates: fc.uniqueArray(candidate, { maxLength: 4, selector: ({ placement }) => placement }),
      mode: fc.constantFrom(...inferenceModes),
      link: fc.constantFrom({ state: 'up' }, { state: 'down' }),
      expectedTokens: fc.constant(5),
      kept: fc.boolean(),
    })
    fc.assert(
      fc.property(given, ({ kept, ...rest }) => {
        const request = { ...rest, ...(kept ? { keptBecause: 'kept' } : {}) } as ChoiceInputs
        let plan: Plan
        try {
          plan = choose(request)
        } catch (error) {
          return error instanceof EdgewiseError
        }
        const chosen = request.candidates.find(({ placement }) => placement === plan.placement)
        const fallback = request.candidates.find(({ placement }) => placement === plan.fallback)
        expect(choose(request)).toEqual(plan)
        expect(plan.rejected).toHaveLength(request.candidates.length - 1)
        expect(kept && chosen?.discloses !== 'nothing').toBe(false)
        expect(request.link.state === 'down' && chosen?.needsLink).toBe(false)
        expect(request.mode === 'only-edge' && chosen?.place !== 'edge').toBe(false)
        expect(request.mode === 'only-cloud' && !kept && chosen?.place !== 'cloud').toBe(false)
        expect(fallback === undefined || (fallback.discloses === 'nothing' && !fallback.needsLink)).toBe(true)
        return true
      }),
      { numRuns: 1000, seed: 7 },
    )
  })
})
