import { EventEmitter } from 'node:events'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hubConfigSchema } from '../../../src/hub/config.ts'
import { type ChatRouteOptions, chatRoute } from '../../../src/hub/data-plane/chat-route.ts'
import { KeptAnswers } from '../../../src/hub/data-plane/kept-answers.ts'
import { RunningRequests } from '../../../src/hub/data-plane/running-requests.ts'
import { CallerGate } from '../../../src/hub/limits/caller-gate.ts'
import { limitsOf } from '../../../src/hub/limits/caller-limits.ts'
import { createHubMetrics } from '../../../src/hub/metrics.ts'
import { Spending } from '../../../src/hub/money/spending.ts'
import { createPool } from '../../../src/hub/pool.ts'
import type { HubVariables } from '../../../src/hub/server/access.ts'
import { asEdgewiseError } from '../../../src/spec/errors.ts'
import { systemClock as clock } from '../../../src/spec/system-clock.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { createScriptedGenerator, scriptedAnswer } from '../../../src/testing/scripted-generator.ts'

/** The chat route of a hub with two places, of which looking for a kept answer takes until `look`. */
async function setUp() {
  const opened = new AsyncDisposableStack()
  onTestFinished(() => opened.disposeAsync())
  const store = opened.use(await openStore({ path: ':memory:' }))
  const { promise: answering, resolve: answer } = Promise.withResolvers<void>()
  let { promise: looking, resolve: look } = Promise.withResolvers<void>()
  const engine = createScriptedGenerator({ model: 'big', script: [[answering, ...scriptedAnswer(['Hello'])]] })
  const pool = opened.use(createPool({ members: [{ name: 'big', generator: engine }], clock }))
  const { limits, currency } = hubConfigSchema.parse({ limits: { concurrency: 2, perEdge: { concurrency: 2 } } })
  const spending = opened.use(
    await Spending.open({ book: store.spending, clock, run: 'r', currency, onError: () => {} }),
  )
  const book = {
    ...store.keptAnswers,
    find: (...asked: Parameters<typeof store.keptAnswers.find>) => looking.then(() => store.keptAnswers.find(...asked)),
  }
  const running = new RunningRequests({ limit: limits.concurrency })
  const metrics = createHubMetrics({ pool, connectedEdges: () => 0 })
  const options: ChatRouteOptions = {
    pool,
    running,
    spending,
    metrics,
    limits,
    clock,
    gate: new CallerGate({ clock, limitsOf: (caller) => limitsOf(limits, caller), onReject: () => {} }),
    kept: new KeptAnswers({ book, clock, keepMs: 60_000, keepBytes: 100_000, onError: () => {} }),
    newId: (prefix) => `${prefix}1`,
    shutdown: new AbortController().signal,
  }
  const app = new Hono<HubVariables>()
  app.use('*', (context, next) => {
    context.set('caller', 'edge')
    return next()
  })
  app.post('/chat', chatRoute(options))
  app.onError((thrown) => Response.json({}, { status: asEdgewiseError(thrown).status }))
  const holdLooking = () => {
    const held = Promise.withResolvers<void>()
    looking = held.promise
    look = held.resolve
  }
  return { app, engine, running, answer, look: () => look(), holdLooking }
}

function ask(app: Hono<HubVariables>, key: string) {
  const outgoing = Object.assign(new EventEmitter(), { destroyed: false, writableFinished: false })
  const headers = { 'x-edgewise-detached': 'true', 'idempotency-key': key, 'content-type': 'application/json' }
  const body = JSON.stringify({ model: 'big', messages: [{ role: 'user', content: 'Say something.' }] })
  const response = Promise.resolve(app.request('/chat', { method: 'POST', headers, body }, { outgoing }))
  return {
    status: response.then(({ status }) => status),
    hangUp: () => {
      outgoing.destroyed = true
      outgoing.emit('close')
    },
  }
}

/** Whatever is under way has gone as far as it can. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe('the places of detached requests', () => {
  it('are held for work whose client goes before it has begun', async () => {
    const { app, engine, running, answer, look } = await setUp()
    const first = [ask(app, 'a'), ask(app, 'b')]
    await settled()
    for (const { hangUp } of first) hangUp()
    await settled()
    expect(running.count).toBe(2)
    expect(await ask(app, 'c').status).toBe(429)
    look()
    await settled()
    expect(engine.calls).toHaveLength(2)
    answer()
    await running.idle()
    expect(await Promise.all(first.map(({ status }) => status))).toHaveLength(2)
  })

  it('go with the response of who only joined, and with the one that finds its answer kept', async () => {
    const { app, engine, running, answer, look, holdLooking } = await setUp()
    const first = ask(app, 'a')
    await settled()
    const joined = ask(app, 'a')
    await settled()
    expect(running.count).toBe(2)
    joined.hangUp()
    await settled()
    expect(running.count).toBe(1)
    look()
    answer()
    expect(await first.status).toBe(200)
    first.hangUp()
    await running.idle()
    const late = ask(app, 'a')
    expect([await late.status, running.count]).toEqual([200, 1])
    late.hangUp()
    await running.idle()
    holdLooking()
    const gone = ask(app, 'a')
    await settled()
    gone.hangUp()
    await settled()
    expect(running.count).toBe(1)
    look()
    await running.idle()
    expect(engine.calls).toHaveLength(1)
  })

  it('are left, and nothing begins, when the client is gone before it was known what it asks', async () => {
    const { app, engine, running, look } = await setUp()
    look()
    const { status, hangUp } = ask(app, 'a')
    hangUp()
    expect(await status).toBe(499)
    await settled()
    expect([running.count, engine.calls.length]).toEqual([0, 0])
  })
})
