import { describe, expect, it, vi } from 'vitest'
import type { Generator } from '../../src/engines/engine.ts'
import { createCascadePlacement } from '../../src/placements/cascade.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { SanitisedRequest } from '../../src/spec/outbound.ts'
import { createScriptedGenerator, type ScriptStep } from '../../src/testing/scripted-generator.ts'
import { closedGuard, finish, request, run, sure, textOf, views } from './request.ts'

const pace = () => ({ prefillTokensPerSecond: 1000, decodeTokensPerSecond: 100 })
const cloudScript = [{ type: 'text-delta', text: 'cloud answer' } as const, finish]

function cascade(
  script: readonly (readonly ScriptStep[])[],
  cloudSteps: readonly ScriptStep[] = cloudScript,
  threshold = 0.8,
) {
  const local = createScriptedGenerator({ model: 'small', script })
  const cloud = createScriptedGenerator({ model: 'large', script: [cloudSteps] })
  const placement = createCascadePlacement({
    local,
    cloud: cloud as Generator<SanitisedRequest>,
    pace,
    threshold,
    decideAfterTokens: 2,
  })
  return { local, cloud, placement }
}

describe('a cascade', () => {
  it('shows a draft that is sure of itself, and asks nobody else', async () => {
    const { cloud, placement } = cascade([[sure('it ', 0.9), sure('is ', 0.95), sure('so', 0.1), finish]])
    const onConfidence = vi.fn()
    const seen = await run(placement, views(), { onConfidence })
    expect(seen[0]).toMatchObject({ type: 'placement', placement: 'local', model: 'small', reason: 'confident' })
    expect(textOf(seen)).toBe('it is so')
    expect(cloud.calls).toHaveLength(0)
    expect(onConfidence.mock.calls).toEqual([[{ value: expect.closeTo(0.925, 9), threshold: 0.8 }]])
  })

  it('never shows a draft that it drops', async () => {
    const { local, placement } = cascade([[sure('wrong ', 0.5), sure('words', 0.4), sure('!', 0.9), finish]])
    const seen = await run(placement)
    expect(seen[0]).toMatchObject({ type: 'placement', placement: 'cloud', model: 'large', reason: 'low-confidence' })
    expect(textOf(seen)).toBe('cloud answer')
    expect(local.calls[0]?.signal.aborted).toBe(true)
  })

  it('judges the whole draft when nobody watches it grow', async () => {
    const script = [[sure('a', 0.9), sure('b', 0.9), sure('c', 0.1), sure('d', 0.1), finish]]
    expect(textOf(await run(cascade(script).placement, views(), { streaming: false }))).toBe('cloud answer')
    expect(textOf(await run(cascade(script).placement, views(), { streaming: true }))).toBe('abcd')
  })

  it('gives log-probabilities only to those who asked', async () => {
    const { local, placement } = cascade([[sure('yes', 0.9), finish]])
    expect((await run(placement))[1]).toEqual({ type: 'text-delta', text: 'yes' })
    expect(local.calls[0]?.request.topLogprobs).toBe(0)
    expect((await run(placement, views({ topLogprobs: 3 })))[1]).toHaveProperty('logprobs')
    expect(local.calls[1]?.request.topLogprobs).toBe(3)
  })

  it('shows the draft after all, and goes on, when the cloud is lost before its first word', async () => {
    const draft = [sure('maybe ', 0.5), sure('this', 0.5), sure(' and that', 0.5), finish]
    const more: readonly ScriptStep[] = [{ type: 'text-delta', text: ' (continued)' }, finish]
    const { local, placement } = cascade([draft, more], [new EdgewiseError('link-down', 'gone')])
    const seen = await run(placement)
    expect(seen[0]).toMatchObject({ type: 'placement', placement: 'local', reason: 'link-down' })
    expect(textOf(seen)).toBe('maybe this (continued)')
    expect(local.calls[1]?.request.answerSoFar).toBe('maybe this')
    // Two tokens of the draft were read again as prompt, but are answer.
    expect(seen.at(-1)).toEqual({ ...finish, usage: { promptTokens: 1, completionTokens: 4 } })
  })

  /** Pieces of a tool call, each of one token with this probability. */
  const call = (probability: number): readonly ScriptStep[] => {
    const sureOf = sure('x', probability)
    const logprobs = sureOf.type === 'text-delta' ? (sureOf.logprobs ?? []) : []
    return ['', '{"a":', '1}'].map((json) => ({
      type: 'tool-call-delta',
      index: 0,
      ...(json === '' ? { id: 'call_1', name: 'look' } : {}),
      arguments: json,
      logprobs,
    }))
  }

  it('judges a tool call by its tokens, and shows none of their log-probabilities', async () => {
    expect(textOf(await run(cascade([[...call(0.2), finish]]).placement))).toBe('cloud answer')
    const seen = await run(cascade([[...call(0.95), finish]]).placement, views({ topLogprobs: 1 }))
    expect(seen[0]).toMatchObject({ placement: 'local', reason: 'confident' })
    expect(seen.filter((part) => 'logprobs' in part)).toEqual([])
    expect(seen[2]).toEqual({ type: 'tool-call-delta', index: 0, arguments: '{"a":' })
  })

  it('makes the draft anew when the cloud is lost and half a call is in hand', async () => {
    const { local, placement } = cascade(
      [
        [...call(0.2), finish],
        [sure('anew', 0.5), finish],
      ],
      [new EdgewiseError('link-down', 'gone')],
    )
    expect(textOf(await run(placement))).toBe('anew')
    expect(local.calls[1]?.request.answerSoFar).toBe(undefined)
  })

  it('passes on a loss in the middle of the cloud answer, for the continuation to handle', async () => {
    const cut: readonly ScriptStep[] = [{ type: 'text-delta', text: 'half ' }, new EdgewiseError('stream-cut', 'cut')]
    const seen = await run(cascade([[sure('no', 0.1), finish]], cut).placement)
    expect(textOf(seen)).toBe('half ')
    expect(seen.at(-1)).toMatchObject({ thrown: { code: 'stream-cut' } })
  })

  it('escalates when the local engine crashes before it has decided', async () => {
    const seen = await run(cascade([[sure('a', 0.9), new EdgewiseError('engine-crashed', 'gone')]]).placement)
    expect(seen[0]).toMatchObject({ placement: 'cloud', reason: 'engine-crashed' })
    expect(textOf(seen)).toBe('cloud answer')
  })

  it('goes on with a draft within what is left of its limit', async () => {
    const draft = [sure('maybe ', 0.5), sure('this', 0.5), sure(' and that', 0.5), finish]
    const { local, placement } = cascade([draft, [finish]], [new EdgewiseError('link-down', 'gone')])
    await run(placement, views({ maxTokens: 5 }))
    expect(local.calls[1]?.request.maxTokens).toBe(3)
  })

  it('escalates after a crash even when its threshold takes every draft', async () => {
    const { placement } = cascade([[new EdgewiseError('engine-crashed', 'gone')]], cloudScript, 0)
    expect(textOf(await run(placement))).toBe('cloud answer')
  })

  it('sends nothing that the guard keeps, even when it is asked to', async () => {
    const { cloud, placement } = cascade([[sure('no', 0.1), finish]])
    const seen = await run(placement, closedGuard.protect(request))
    expect(seen.at(-1)).toMatchObject({ thrown: { code: 'policy-forbids' } })
    expect(cloud.calls).toHaveLength(0)
  })

  it('stops the draft when its reader leaves', async () => {
    const { local, placement } = cascade([[sure('a', 0.9), sure('b', 0.9), sure('c', 0.9), sure('d', 0.9), finish]])
    for await (const part of placement.run(views(), {
      signal: new AbortController().signal,
      streaming: true,
      onConfidence() {},
    })) {
      if (part.type === 'text-delta') break
    }
    expect(local.calls[0]?.signal.aborted).toBe(true)
    expect(local.calls[0]?.given.length).toBeLessThan(4)
  })
})

describe('a calibrated cascade', () => {
  function judged(confidence: number) {
    const judge = { threshold: 0.6, decideAfterTokens: 2, topLogprobs: 2, confidence: vi.fn(() => confidence) }
    const steps = [sure('it ', 0.1), sure('is ', 0.1), sure('so', 0.1), finish]
    const local = createScriptedGenerator({ model: 'small', script: [steps, steps] })
    const cloud = createScriptedGenerator({ model: 'large', script: [cloudScript] })
    const placement = createCascadePlacement({
      local,
      cloud: cloud as Generator<SanitisedRequest>,
      pace,
      threshold: 0.99,
      decideAfterTokens: 1,
      judge,
    })
    return { judge, local, placement }
  }

  it('asks its judge in place of the mean token probability, watched or not, after as many tokens', async () => {
    for (const streaming of [true, false]) {
      const { judge, local, placement } = judged(0.7)
      const onConfidence = vi.fn()
      const seen = await run(placement, views(), { onConfidence, streaming })
      expect(textOf(seen)).toBe('it is so')
      expect(onConfidence.mock.calls).toEqual([[{ value: 0.7, threshold: 0.6, calibrated: true }]])
      expect(judge.confidence.mock.calls).toMatchObject([
        [{ prompt: 'Say something.', text: 'it is ', tokens: [{ token: 'it ' }, { token: 'is ' }] }],
      ])
      expect(local.calls[0]?.request.topLogprobs).toBe(2)
    }
  })

  it('passes on what its judge doubts', async () => {
    expect(textOf(await run(judged(0.5).placement))).toBe('cloud answer')
  })

  it('shows no more alternatives than were asked for', async () => {
    const top = ['a', 'b'].map((token) => ({ token, logprob: -1, bytes: [] }))
    const delta = { type: 'text-delta', text: 'a', logprobs: [{ token: 'a', logprob: -1, bytes: [], top }] } as const
    const judge = { threshold: 0, decideAfterTokens: 2, topLogprobs: 2, confidence: () => 1 }
    const local = createScriptedGenerator({
      model: 'small',
      script: [
        [delta, finish],
        [delta, finish],
      ],
    })
    const cloud = createScriptedGenerator({ model: 'large', script: [] }) as Generator<SanitisedRequest>
    const placement = createCascadePlacement({ local, cloud, pace, threshold: 0, decideAfterTokens: 1, judge })
    expect((await run(placement))[1]).toEqual({ type: 'text-delta', text: 'a' })
    expect((await run(placement, views({ topLogprobs: 1 })))[1]).toEqual({
      ...delta,
      logprobs: [{ ...delta.logprobs[0], top: top.slice(0, 1) }],
    })
  })
})
