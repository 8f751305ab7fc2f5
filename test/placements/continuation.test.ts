import { describe, expect, it, vi } from 'vitest'
import type { Generator } from '../../src/engines/engine.ts'
import { createCloudPlacement } from '../../src/placements/cloud.ts'
import { withContinuation } from '../../src/placements/continuation.ts'
import { createLocalPlacement } from '../../src/placements/local.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { SanitisedRequest } from '../../src/spec/outbound.ts'
import type { Capability } from '../../src/spec/request.ts'
import { createScriptedGenerator, type ScriptStep, scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { context, finish, read, textOf, views } from './request.ts'

const pace = () => ({ prefillTokensPerSecond: 1000, decodeTokensPerSecond: 100 })

interface Given {
  readonly cloudSteps: readonly ScriptStep[]
  readonly onCloudLoss?: 'continue' | 'error'
  readonly capabilities?: readonly Capability[]
  readonly signal?: AbortSignal
  readonly maxTokens?: number
}

async function answer({ cloudSteps, onCloudLoss = 'continue', capabilities = ['continuation'], ...given }: Given) {
  const { signal, maxTokens } = given
  const local = createScriptedGenerator({ model: 'small', script: [scriptedAnswer(['local ', 'words'])], capabilities })
  const cloud = createScriptedGenerator({ model: 'large', script: [cloudSteps] }) as Generator<SanitisedRequest>
  const onLoss = vi.fn()
  const guarded = {
    ...views(maxTokens === undefined ? {} : { maxTokens }),
    restore: (text: string) => text.replaceAll('PERSON_1', 'Ada'),
  }
  const parts = withContinuation({
    primary: createCloudPlacement({ generator: cloud }),
    fallback: createLocalPlacement({ generator: local, pace }),
    views: guarded,
    context: context(signal === undefined ? {} : { signal }),
    onCloudLoss,
    onLoss,
  })
  return { seen: await read(parts), local, onLoss }
}

const half = { type: 'text-delta', text: 'Dear PERSON_1, ' } as const

describe('an answer whose cloud is lost', () => {
  it('is given locally when not a word had come', async () => {
    const { seen, local, onLoss } = await answer({ cloudSteps: [new EdgewiseError('link-down', 'gone')] })
    expect(seen[0]).toMatchObject({ type: 'placement', placement: 'local', model: 'small', reason: 'link-down' })
    expect(textOf(seen)).toBe('local words')
    expect(local.calls[0]?.request).not.toHaveProperty('answerSoFar')
    expect(onLoss).toHaveBeenCalledOnce()
  })

  it('is given locally when egress did not let the request out', async () => {
    const { seen } = await answer({ cloudSteps: [new EdgewiseError('egress-denied', 'it holds PERSON, base64')] })
    expect(seen[0]).toMatchObject({ type: 'placement', placement: 'local', reason: 'egress-denied' })
    expect(textOf(seen)).toBe('local words')
  })

  it('goes on behind the words that came, with the pseudonyms put back', async () => {
    const { seen, local } = await answer({ cloudSteps: [half, new EdgewiseError('stream-cut', 'cut')] })
    expect(textOf(seen)).toBe('Dear PERSON_1, local words')
    expect(local.calls[0]?.request.answerSoFar).toBe('Dear Ada, ')
    expect(seen.at(-1)).toMatchObject({ type: 'finish' })
  })

  it('keeps to the limit of the whole answer, and counts the whole of it', async () => {
    const cut = new EdgewiseError('stream-cut', 'cut')
    const { seen, local } = await answer({ cloudSteps: [half, half, cut], maxTokens: 5 })
    expect(local.calls[0]?.request.maxTokens).toBe(3)
    expect(seen.at(-1)).toMatchObject({ usage: { promptTokens: 0, completionTokens: 4 } })
  })

  it('is over when the cloud had reached the limit but not said so', async () => {
    const cut = new EdgewiseError('stream-cut', 'cut')
    const { seen, local } = await answer({ cloudSteps: [half, half, cut], maxTokens: 2 })
    expect(local.calls).toHaveLength(0)
    expect(seen.at(-1)).toMatchObject({ type: 'finish', reason: 'length', usage: { completionTokens: 2 } })
  })

  it('ends in the error in the middle when policy says so, but is still answered when nothing had come', async () => {
    const cut = new EdgewiseError('stream-cut', 'cut')
    const middle = await answer({ cloudSteps: [half, cut], onCloudLoss: 'error' })
    expect(middle.seen.at(-1)).toEqual({ thrown: cut })
    const before = await answer({ cloudSteps: [cut], onCloudLoss: 'error' })
    expect(textOf(before.seen)).toBe('local words')
  })

  it('ends in the error when half a tool call had come', async () => {
    const call = { type: 'tool-call-delta', index: 0, name: 'scan', arguments: '{"a"' } as const
    const { seen, local } = await answer({ cloudSteps: [call, new EdgewiseError('stream-cut', 'cut')] })
    expect(seen.at(-1)).toMatchObject({ thrown: { code: 'stream-cut' } })
    expect(local.calls).toHaveLength(0)
  })

  it('ends in the error when the local model cannot continue a text', async () => {
    const { seen } = await answer({ cloudSteps: [half, new EdgewiseError('stream-cut', 'cut')], capabilities: [] })
    expect(seen.at(-1)).toMatchObject({ thrown: { code: 'stream-cut' } })
  })

  it('is not taken over for a failure that no other place can mend', async () => {
    const { seen, local } = await answer({ cloudSteps: [new EdgewiseError('upstream-rejected', 'bad request')] })
    expect(seen).toMatchObject([{ thrown: { code: 'upstream-rejected' } }])
    expect(local.calls).toHaveLength(0)
  })

  it('is not taken over when the client is gone', async () => {
    const { seen, local } = await answer({ cloudSteps: [half, finish], signal: AbortSignal.abort() })
    expect(seen).toMatchObject([{ thrown: { code: 'aborted' } }])
    expect(local.calls).toHaveLength(0)
  })
})
