import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { scriptedAnswer } from '../../../src/testing/scripted-generator.ts'
import { startScriptedEdge } from '../scripted-edge.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-background-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const path = '/v1/responses'
const body = { model: 'auto', input: 'How is the pump?', background: true }
const local = [scriptedAnswer(['from ', 'here'])]
const cloud = [scriptedAnswer(['from ', 'there'])]
const allow = { privacy: { personalData: 'allow' } }
const down = { state: 'down', because: 'no route' } as const
const up = { state: 'up' } as const

type ScriptedEdge = Awaited<ReturnType<typeof startScriptedEdge>>

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
type Body = any

async function submitted(
  edge: ScriptedEdge,
  changes: object = {},
  headers: Record<string, string> = {},
): Promise<Body> {
  const response = await edge.post({ ...body, ...changes }, headers, path)
  const text = await response.text()
  expect(response.status, text).toBe(200)
  return JSON.parse(text)
}

async function now(edge: ScriptedEdge, id: string): Promise<Body> {
  return (await edge.get(`${path}/${id}`)).json()
}

/** Asks until the response has this status; the worker runs on its own. */
async function until(edge: ScriptedEdge, id: string, status: string): Promise<Body> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    const response = await now(edge, id)
    if (response.status === status) return response
    await new Promise((resolve) => setImmediate(resolve))
  }
  return now(edge, id)
}

function textOf(response: { output: { content: { text: string }[] }[] }): string {
  return response.output.map(({ content }) => content.map(({ text }) => text).join('')).join('')
}

describe('a background response', () => {
  it('is queued at once, and completed when its turn has come', async () => {
    await using edge = await startScriptedEdge({ localScript: local })
    const queued = await submitted(edge)
    expect(queued).toMatchObject({ object: 'response', status: 'queued', background: true, store: true, output: [] })
    edge.worker.start()
    const done = await until(edge, queued.id, 'completed')
    expect(textOf(done)).toBe('from here')
    expect(done).toMatchObject({ id: queued.id, background: true, edgewise: { placement: 'local' } })
    expect(edge.decisions).toMatchObject([{ requestId: queued.id, outcome: 'answered' }])
    expect(edge.local.calls[0]?.request).toMatchObject({ priority: 'background' })
  })

  it('survives a restart of the edge while it is queued, and is answered once', async () => {
    const storePath = join(root, 'restart.db')
    const first = await startScriptedEdge({ localScript: local, storePath })
    const { id } = await submitted(first)
    await first[Symbol.asyncDispose]()
    await using again = await startScriptedEdge({ localScript: local, storePath })
    expect(await now(again, id)).toMatchObject({ status: 'queued' })
    again.worker.start()
    expect(textOf(await until(again, id, 'completed'))).toBe('from here')
    expect(again.local.calls).toHaveLength(1)
  })

  it('that was running when the edge died is run again, and ends once', async () => {
    const storePath = join(root, 'died.db')
    const never = new Promise(() => {})
    const first = await startScriptedEdge({ localScript: [[never]], storePath })
    const { id } = await submitted(first)
    first.worker.start()
    await until(first, id, 'in_progress')
    await using again = await startScriptedEdge({ localScript: local, storePath })
    await again.store.outbox.recover()
    again.worker.start()
    expect(textOf(await until(again, id, 'completed'))).toBe('from here')
    first.shutdown.abort()
    await first[Symbol.asyncDispose]()
    expect(textOf(await now(again, id))).toBe('from here')
  })

  it('under the same Idempotency-Key is the same response, for the same API key and request', async () => {
    await using edge = await startScriptedEdge({ localScript: local })
    const headers = { 'idempotency-key': 'order-7' }
    const [one, two] = [await submitted(edge, {}, headers), await submitted(edge, {}, headers)]
    expect(two.id).toBe(one.id)
    const other = await edge.post({ ...body, input: 'Something else' }, headers, path)
    expect(((await other.json()) as Body).error.code).toBe('idempotency-mismatch')
    expect((await edge.store.outbox.status()).waiting['background-request'].rows).toBe(1)
  })

  it('is seen and cancelled by its own key alone', async () => {
    await using edge = await startScriptedEdge({ localScript: local })
    const { id } = await submitted(edge)
    const stranger = { authorization: 'Bearer ew-other-key-0123456789' }
    expect((await edge.get(`${path}/${id}`, stranger)).status).toBe(404)
    expect((await edge.post('', stranger, `${path}/${id}/cancel`)).status).toBe(404)
    expect(await now(edge, id)).toMatchObject({ status: 'queued' })
  })

  it('can be cancelled while it waits and while it runs, and stays cancelled', async () => {
    const never = new Promise(() => {})
    await using edge = await startScriptedEdge({ localScript: [[never]] })
    const { id } = await submitted(edge)
    edge.worker.start()
    await until(edge, id, 'in_progress')
    const waiting = await submitted(edge, { input: 'another' })
    for (const each of [id, waiting.id]) {
      const cancelled = await edge.post('', {}, `${path}/${each}/cancel`)
      expect(await cancelled.json()).toMatchObject({ id: each, status: 'cancelled' })
      expect(await now(edge, each)).toMatchObject({ status: 'cancelled' })
    }
    await submitted(edge, { input: 'a third' })
    expect(await now(edge, id)).toMatchObject({ status: 'cancelled' })
  })

  it.each([
    ['store: false', { store: false }, 'store'],
    ['a previous response that is gone', { previous_response_id: 'resp_gone' }, 'previous_response_id'],
    ['a bad field', { temperature: 9 }, 'temperature'],
  ])('with %s is refused before it is queued', async (_, changes, param) => {
    await using edge = await startScriptedEdge({ localScript: local })
    const response = await edge.post({ ...body, ...changes }, {}, path)
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(((await response.json()) as Body).error.param).toBe(param)
    expect((await edge.store.outbox.status()).waiting['background-request'].rows).toBe(0)
  })

  it('cannot be continued before it is completed', async () => {
    await using edge = await startScriptedEdge({ localScript: local })
    const { id } = await submitted(edge)
    const early = await edge.post({ model: 'auto', input: 'And now?', previous_response_id: id }, {}, path)
    const { error } = (await early.json()) as Body
    expect([early.status, error.param]).toEqual([400, 'previous_response_id'])
    edge.worker.start()
    await until(edge, id, 'completed')
    expect((await edge.post({ model: 'auto', input: 'And now?', previous_response_id: id }, {}, path)).status).toBe(200)
  })

  it('that is too large to be kept fails with that reason, and is not made again', async () => {
    const huge = scriptedAnswer(['x'.repeat(200_000)])
    await using edge = await startScriptedEdge({ localScript: [huge], responses: { keepMiB: 1 } })
    const { id } = await submitted(edge)
    edge.worker.start()
    expect((await until(edge, id, 'failed')).error.message).toMatch(/keepMiB|bytes/)
    expect(edge.local.calls).toHaveLength(1)
  })

  it('ends in a failure that says why when no model may ever take it', async () => {
    await using edge = await startScriptedEdge({ localScript: local, policy: allow })
    const { id } = await submitted(edge, {}, { 'x-edgewise-mode': 'only-cloud' })
    edge.worker.start()
    const failed = await until(edge, id, 'failed')
    expect(failed.error.message).toContain('No placement can take this request')
  })
})

describe('while the link is down, a background response', () => {
  it('in mode prefer-cloud waits, and is answered by the cloud once it is back', async () => {
    const clock = createFakeClock()
    const options = { localScript: local, cloudScript: cloud, policy: allow, backgroundClock: clock }
    await using edge = await startScriptedEdge(options)
    await edge.setLink(down)
    const { id } = await submitted(edge, {}, { 'x-edgewise-mode': 'prefer-cloud' })
    edge.worker.start()
    for (let turn = 0; turn < 200; turn += 1) await clock.advance(500)
    expect(await now(edge, id)).toMatchObject({ status: 'queued' })
    expect(edge.local.calls).toHaveLength(0)
    await edge.setLink(up)
    const done = await until(edge, id, 'completed')
    expect([textOf(done), done.edgewise.placement]).toEqual(['from there', 'cloud'])
    expect(edge.cloud?.calls[0]?.request).toMatchObject({ id, isDetached: true })
    expect(edge.acknowledged).toEqual([id])
  })

  it('in mode prefer-cloud is answered here when its time is over', async () => {
    const clock = createFakeClock()
    const options = { localScript: local, cloudScript: cloud, policy: allow, backgroundClock: clock }
    await using edge = await startScriptedEdge(options)
    await edge.setLink(down)
    const headers = { 'x-edgewise-mode': 'prefer-cloud', 'x-edgewise-deadline-ms': '60000' }
    const { id } = await submitted(edge, {}, headers)
    edge.worker.start()
    for (let turn = 0; turn < 1_000 && (await now(edge, id)).status !== 'completed'; turn += 1)
      await clock.advance(1_000)
    const done = await now(edge, id)
    expect([textOf(done), done.edgewise.placement]).toEqual(['from here', 'local'])
  })

  it('in mode only-cloud fails with the reason when its time is over, power off or not', async () => {
    const clock = createFakeClock()
    const options = { localScript: local, cloudScript: cloud, policy: allow, backgroundClock: clock }
    await using edge = await startScriptedEdge(options)
    await edge.setLink(down)
    const headers = { 'x-edgewise-mode': 'only-cloud', 'x-edgewise-deadline-ms': '60000' }
    const { id } = await submitted(edge, {}, headers)
    edge.worker.start()
    for (let turn = 0; turn < 70; turn += 1) await clock.advance(1_000)
    expect(await now(edge, id)).toMatchObject({ status: 'failed', error: { message: 'deadline' } })
    expect(edge.local.calls).toHaveLength(0)
  })

  it.each(['only-edge', 'prefer-edge', 'prefer-cloud', 'only-cloud'])(
    'that privacy pins here is answered here in mode %s',
    async (mode) => {
      await using edge = await startScriptedEdge({ localScript: local, cloudScript: cloud })
      await edge.setLink(down)
      const { id } = await submitted(edge, {}, { 'x-edgewise-mode': mode })
      edge.worker.start()
      const done = await until(edge, id, 'completed')
      expect([textOf(done), edge.cloud?.calls.length]).toEqual(['from here', 0])
    },
  )

  it.each(['only-edge', 'prefer-edge'])('in mode %s is answered here', async (mode) => {
    await using edge = await startScriptedEdge({ localScript: local, cloudScript: cloud, policy: allow })
    await edge.setLink(down)
    const { id } = await submitted(edge, {}, { 'x-edgewise-mode': mode })
    edge.worker.start()
    expect(textOf(await until(edge, id, 'completed'))).toBe('from here')
  })

  it('that is cut off goes on to be tried, and never ends half done', async () => {
    const clock = createFakeClock()
    const cut = new EdgewiseError('stream-cut', 'the link was cut')
    const [whole] = cloud
    const script = [[...(whole ?? []).slice(0, 1), cut], [...(whole ?? []).slice(0, 2), cut], whole ?? []]
    const options = { localScript: local, cloudScript: script, policy: allow, backgroundClock: clock }
    await using edge = await startScriptedEdge(options)
    const { id } = await submitted(edge, {}, { 'x-edgewise-mode': 'only-cloud' })
    edge.worker.start()
    for (let turn = 0; turn < 1_000 && (await now(edge, id)).status !== 'completed'; turn += 1)
      await clock.advance(1_000)
    expect(textOf(await now(edge, id))).toBe('from there')
    expect(edge.cloud?.calls).toHaveLength(3)
  })
})

describe('the stream of a background response', () => {
  const events = (text: string) =>
    text.split('\n\n').flatMap((block) => {
      const data = block.split('\n').find((line) => line.startsWith('data: '))
      return data === undefined ? [] : [JSON.parse(data.slice(6))]
    })

  it('goes from queued to completed, and can be taken up behind any event', async () => {
    await using edge = await startScriptedEdge({ localScript: local })
    const response = await edge.post({ ...body, stream: true }, {}, path)
    expect(response.headers.get('x-edgewise-placement')).toBe('deferred')
    edge.worker.start()
    const all = events(await response.text())
    expect(all.map(({ sequence_number: number }) => number)).toEqual(all.map((_, index) => index))
    expect(all.map(({ type }) => type)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
    const [{ response: queued }] = all
    expect(all.at(-1).response).toEqual(await now(edge, queued.id))
    for (const after of [0, 4, all.length - 1]) {
      const rest = await edge.get(`${path}/${queued.id}?stream=true&starting_after=${after}`)
      expect(events(await rest.text())).toEqual(all.slice(after + 1))
    }
  })

  it('tells of a failure and of a cancellation', async () => {
    await using edge = await startScriptedEdge({ localScript: local, policy: allow })
    const failing = await submitted(edge, {}, { 'x-edgewise-mode': 'only-cloud' })
    edge.worker.start()
    const failed = await edge.get(`${path}/${failing.id}?stream=true`)
    expect(events(await failed.text()).at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed' },
    })
    const cancelled = await submitted(edge, { input: 'x' }, { 'x-edgewise-mode': 'only-cloud' })
    await edge.post('', {}, `${path}/${cancelled.id}/cancel`)
    const told = await edge.get(`${path}/${cancelled.id}?stream=true`)
    expect(['response.cancelled', 'response.failed']).toContain(events(await told.text()).at(-1).type)
  })

  it.each(['-2', 'x', '1.5', ''])('does not begin after %j', async (after) => {
    await using edge = await startScriptedEdge({ localScript: local })
    const { id } = await submitted(edge)
    expect((await edge.get(`${path}/${id}?stream=true&starting_after=${after}`)).status).toBe(400)
  })
})
