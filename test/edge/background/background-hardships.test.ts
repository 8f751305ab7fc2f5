import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { EdgewiseError, type ErrorCode } from '../../../src/spec/errors.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { scriptedAnswer } from '../../../src/testing/scripted-generator.ts'
import { startScriptedEdge } from '../scripted-edge.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-hardships-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const path = '/v1/responses'
const body = { model: 'auto', input: 'How is the pump?', background: true }
const local = [scriptedAnswer(['from ', 'here'])]
const answer = scriptedAnswer(['from ', 'there'])
const allow = { privacy: { personalData: 'allow' } }
const up = { state: 'up' } as const
const down = { state: 'down', because: 'no route' } as const

type Edge = Awaited<ReturnType<typeof startScriptedEdge>>
// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
type Body = any

async function post(edge: Edge, changes: object = {}, headers: Record<string, string> = {}): Promise<Body> {
  return (await edge.post({ ...body, ...changes }, headers, path)).json()
}

async function now(edge: Edge, id: string): Promise<Body> {
  return (await edge.get(`${path}/${id}`)).json()
}

async function until(edge: Edge, id: string, status: string): Promise<Body> {
  for (let turn = 0; turn < 2_000 && (await now(edge, id)).status !== status; turn += 1);
  return now(edge, id)
}

function failing(code: ErrorCode) {
  return [new EdgewiseError(code, `it failed with ${code}`)]
}

describe('the attempts at a background request', () => {
  it('do not count while it only waits for the link', async () => {
    const clock = createFakeClock()
    const cloudScript = [failing('upstream-failed'), answer]
    await using edge = await startScriptedEdge({
      localScript: local,
      cloudScript,
      policy: allow,
      backgroundClock: clock,
    })
    await edge.setLink(down)
    const { id } = await post(edge, {}, { 'x-edgewise-mode': 'only-cloud' })
    edge.worker.start()
    for (let turn = 0; turn < 40; turn += 1) await clock.advance(300_000)
    expect((await edge.store.outbox.findByKey(id))?.attempts).toBeGreaterThanOrEqual(20)
    await edge.setLink(up)
    for (let turn = 0; turn < 500 && (await now(edge, id)).status !== 'completed'; turn += 1) await clock.advance(1_000)
    expect((await now(edge, id)).status).toBe('completed')
    expect(edge.cloud?.calls).toHaveLength(2)
  })

  it.each(['request-timeout', 'upstream-failed', 'engine-crashed'] as const)(
    'that end in %s again and again end for good',
    async (code) => {
      const clock = createFakeClock()
      await using edge = await startScriptedEdge({ localScript: [failing(code)], backgroundClock: clock })
      const { id } = await post(edge)
      edge.worker.start()
      for (let turn = 0; turn < 60; turn += 1) await clock.advance(300_000)
      expect(await now(edge, id)).toMatchObject({ status: 'failed', error: { message: `it failed with ${code}` } })
      expect(edge.local.calls).toHaveLength(20)
    },
  )

  it('in mode prefer-cloud end here when the cloud will never answer', async () => {
    const clock = createFakeClock()
    const cloudScript = [failing('upstream-rejected')]
    await using edge = await startScriptedEdge({
      localScript: local,
      cloudScript,
      policy: allow,
      backgroundClock: clock,
    })
    const { id } = await post(edge, {}, { 'x-edgewise-mode': 'prefer-cloud' })
    edge.worker.start()
    for (let turn = 0; turn < 500 && (await now(edge, id)).status !== 'completed'; turn += 1) await clock.advance(1_000)
    expect(await now(edge, id)).toMatchObject({ status: 'completed', edgewise: { placement: 'local' } })
  })
})

describe('a machine that slept longer than a lease lasts', () => {
  it('ends the run that lost its lease before another begins, and tells the hub nothing of it', async () => {
    const fake = createFakeClock()
    let slept = 0
    const clock = { ...fake, now: () => fake.now() + slept }
    const { promise, resolve } = Promise.withResolvers<void>()
    const localScript = [[promise, ...(local[0] ?? [])], local[0] ?? []]
    await using edge = await startScriptedEdge({ localScript, backgroundClock: clock })
    const { id } = await post(edge)
    edge.worker.start()
    await until(edge, id, 'in_progress')
    slept = 120_000
    for (let turn = 0; turn < 5; turn += 1) await fake.advance(1_000)
    expect(edge.local.calls[0]).toMatchObject({ outcome: 'aborted' })
    expect(edge.acknowledged).toEqual(edge.local.calls.length === 1 ? [] : [id])
    resolve()
    for (let turn = 0; turn < 500 && (await now(edge, id)).status !== 'completed'; turn += 1) await fake.advance(1_000)
    expect((await now(edge, id)).status).toBe('completed')
    expect(edge.acknowledged).toEqual([id])
  })
})

describe('a background request that comes again', () => {
  it('under its key is the response as it is now, whatever became of it', async () => {
    await using edge = await startScriptedEdge({ localScript: local })
    const key = { 'idempotency-key': 'a' }
    const { id } = await post(edge, {}, key)
    edge.worker.start()
    const done = await until(edge, id, 'completed')
    expect(await post(edge, {}, key)).toEqual(done)
    await edge.delete(`${path}/${id}`)
    expect((await post(edge, {}, key)).error.code).toBe('not-found')
    expect(edge.local.calls).toHaveLength(1)
  })

  it('without a key, as clients do when a connection breaks, is the same response', async () => {
    await using edge = await startScriptedEdge({ localScript: local })
    const [first, again, other] = [
      await post(edge, {}, { 'x-stainless-retry-count': '0' }),
      await post(edge, {}, { 'x-stainless-retry-count': '1' }),
      await post(edge, { input: 'Something else' }, { 'x-stainless-retry-count': '1' }),
    ]
    expect(again.id).toBe(first.id)
    expect(other.id).not.toBe(first.id)
    const once = await post(edge, {}, { 'x-stainless-retry-count': '0' })
    expect(once.id).not.toBe(first.id)
  })

  it('is the same request whatever mode policy is in by then', async () => {
    const storePath = join(root, 'mode.db')
    const key = { 'idempotency-key': 'm' }
    const ids: string[] = []
    for (const mode of ['prefer-edge', 'only-edge']) {
      await using edge = await startScriptedEdge({ localScript: local, storePath, policy: { mode } })
      ids.push((await post(edge, {}, key)).id)
    }
    expect(new Set(ids).size).toBe(1)
  })
})

describe('the decision of a background request', () => {
  it('does not hold the name that its caller gave the conversation', async () => {
    await using edge = await startScriptedEdge({ localScript: local })
    const { id } = await post(edge, {}, { 'x-edgewise-conversation': 'patient-ada-lovelace' })
    edge.worker.start()
    await until(edge, id, 'completed')
    expect(edge.decisions).toHaveLength(1)
    expect(JSON.stringify(edge.decisions)).not.toContain('lovelace')
  })
})

describe('what a background response says', () => {
  it('of its end stays, also when its entry is forgotten', async () => {
    const clock = createFakeClock()
    await using edge = await startScriptedEdge({
      localScript: local,
      backgroundClock: clock,
      responses: { keepDays: 365 },
    })
    const { id } = await post(edge)
    await edge.post('', {}, `${path}/${id}/cancel`)
    const stored = await edge.store.responses.find(id, 'key-1')
    expect(stored?.body).toMatchObject({ status: 'cancelled' })
    const deadline = await post(edge, {}, { 'x-edgewise-mode': 'only-cloud', 'x-edgewise-deadline-ms': '1000' })
    await clock.advance(2_000)
    await edge.store.outbox.expire()
    expect((await now(edge, deadline.id)).status).toBe('failed')
    expect((await edge.store.responses.find(deadline.id, 'key-1'))?.body).toMatchObject({ status: 'failed' })
  })

  it('is nothing for the entry of another kind, or of another version', async () => {
    await using edge = await startScriptedEdge({ localScript: local })
    await edge.store.outbox.enqueue({ kind: 'telemetry', body: 1, idempotencyKey: 'resp_telemetry' })
    await edge.store.outbox.enqueue({ kind: 'background-request', body: { version: 2 }, idempotencyKey: 'resp_later' })
    for (const id of ['resp_telemetry', 'resp_later']) {
      expect((await edge.get(`${path}/${id}`)).status).toBe(404)
      expect((await edge.post('', {}, `${path}/${id}/cancel`)).status).toBe(404)
    }
    edge.worker.start()
    const { id } = await post(edge)
    await until(edge, id, 'completed')
    expect(await edge.store.outbox.findByKey('resp_later')).toMatchObject({ state: 'failed' })
  })

  it('is heard in a name written with escapes too', async () => {
    await using edge = await startScriptedEdge({ localScript: local })
    const response = await edge.post('{"model":"auto","input":"x","backgr\\u006fund":true}', {}, path)
    expect(await response.json()).toMatchObject({ status: 'queued' })
  })
})
