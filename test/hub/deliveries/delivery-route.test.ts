import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Admission } from '../../../src/hub/deliveries/admission.ts'
import { deliveryRoute } from '../../../src/hub/deliveries/delivery-route.ts'
import type { HubVariables } from '../../../src/hub/server/access.ts'
import { asEdgewiseError } from '../../../src/spec/errors.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { chainStart } from '../../../src/store/outbox/chain.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

async function setUp() {
  const store = await openStore({ path: ':memory:' })
  onTestFinished(() => store[Symbol.asyncDispose]())
  const clock = createFakeClock()
  const admission = new Admission({ clock, perSecond: 100, concurrency: 1 })
  const app = new Hono<HubVariables>()
  app.use('*', (context, next) => {
    context.set('caller', context.req.header('x-edge') ?? '')
    return next()
  })
  app.post('/', deliveryRoute({ deliveries: store.deliveries, admission, clock, onNotice: () => {} }))
  app.onError((thrown) => {
    const { status, retryAfterSeconds } = asEdgewiseError(thrown)
    return Response.json({ retryAfterSeconds }, { status })
  })
  const send = async (edge: string, body: string | ReadableStream<Uint8Array>) =>
    app.request('/', { method: 'POST', headers: { 'x-edge': edge }, body, duplex: 'half' } as RequestInit)
  return { clock, send }
}

function aBatch(): string {
  const epoch = randomBytes(16).toString('hex')
  const entries = [{ id: 'x', kind: 'telemetry', enqueuedAt: 1, body: '1' }]
  return JSON.stringify({ epoch, first: 1, head: chainStart(epoch), entries })
}

function neverComplete(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{')) })
}

describe('where edges hand over what they have queued', () => {
  it('a body that never ends holds up no other edge, only the next one of its own', async () => {
    const { clock, send } = await setUp()
    const slow = send('slow', neverComplete())
    expect((await send('other', aBatch())).status).toBe(200)
    const second = await send('slow', aBatch())
    expect([second.status, await second.json()]).toEqual([429, { retryAfterSeconds: 1 }])
    await clock.advance(30_000)
    expect((await slow).status).toBe(408)
    expect((await send('slow', aBatch())).status).toBe(200)
  })
})
