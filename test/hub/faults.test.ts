import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { type MockFault, type MockUpstream, startMockUpstream } from '../../src/testing/mock-upstream.ts'
import { type Called, call, chatBody, type TestHub, temporaryFolder, testHub } from './running-hub.ts'

const path = '/v1/chat/completions'
const price = { input: 100, output: 1000 }
const down: MockFault = { kind: 'status', status: 503 }

function upstream(name: string, mock: MockUpstream, model: object = {}) {
  return { name, url: mock.baseUrl, models: [{ id: 'big', upstreamModel: 'mock-model', ...model }] }
}

async function metric(hub: TestHub, line: string): Promise<number> {
  const text = await (await call(hub, { path: '/metrics' })).text()
  const found = text.split('\n').find((one) => one.startsWith(`edgewise_hub_${line} `))
  return Number(found?.split(' ').at(-1) ?? Number.NaN)
}

const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))

async function statusOf(called: Promise<Called>): Promise<number> {
  const answered = await called
  await answered.text()
  return answered.status
}

describe('a member that flaps', () => {
  it('is taken out as an outlier though it never fails three times in a row, and every request is answered', async () => {
    const clock = createFakeClock()
    await using shaky = await startMockUpstream()
    await using steady = await startMockUpstream()
    const upstreams = [upstream('shaky', shaky), upstream('steady', steady)]
    await using hub = await testHub({ engines: [], clock, config: { upstreams } })
    shaky.fail(...times(200, (index): MockFault => (index % 2 === 0 ? down : { kind: 'none' })))
    for (let index = 0; index < 80; index += 1) {
      const headers = { 'x-edgewise-request-id': `flap-${index}` }
      expect(await statusOf(call(hub, { path, body: chatBody, headers }))).toBe(200)
      await clock.advance(300)
    }
    expect(await metric(hub, 'member_ejected{member="shaky/big"}')).toBe(1)
    expect(await metric(hub, 'member_breaker{member="shaky/big",state="closed"}')).toBe(1)
    expect(await metric(hub, 'ejections_total')).toBe(1)
    const before = shaky.requests.length
    for (let index = 0; index < 10; index += 1) await statusOf(call(hub, { path, body: chatBody }))
    expect(shaky.requests.length).toBe(before)
  })
})

describe('a slow member', () => {
  it('is taken out when its first token takes far longer than that of the others', async () => {
    const clock = createFakeClock()
    await using slow = await startMockUpstream()
    await using quick = await startMockUpstream()
    const upstreams = [upstream('slow', slow), upstream('quick', quick)]
    await using hub = await testHub({ engines: [], clock, config: { upstreams } })
    slow.fail(...times(100, (): MockFault => ({ kind: 'delay' })))
    for (let index = 0; index < 60 && (await metric(hub, 'ejections_total')) === 0; index += 1) {
      const headers = { 'x-edgewise-request-id': `slow-${index}` }
      const [slowBefore, quickBefore] = [slow.requests.length, quick.requests.length]
      const asked = statusOf(call(hub, { path, body: chatBody, headers }))
      while (slow.requests.length + quick.requests.length === slowBefore + quickBefore) await turn()
      if (slow.requests.length > slowBefore) {
        await clock.advance(900)
        slow.release()
      }
      expect(await asked).toBe(200)
    }
    expect(await metric(hub, 'member_ejected{member="slow/big"}')).toBe(1)
    expect(await metric(hub, 'member_ejected{member="quick/big"}')).toBe(0)
  })

  it('is noticed too when the deadlines of its callers end before it begins', async () => {
    const clock = createFakeClock()
    await using stuck = await startMockUpstream()
    await using quick = await startMockUpstream()
    const upstreams = [upstream('stuck', stuck), upstream('quick', quick)]
    await using hub = await testHub({ engines: [], clock, config: { upstreams } })
    stuck.fail(...times(100, (): MockFault => ({ kind: 'delay' })))
    const statuses = new Set<number>()
    for (let index = 0; index < 60 && (await metric(hub, 'ejections_total')) === 0; index += 1) {
      const headers = { 'x-edgewise-request-id': `late-${index}`, 'x-edgewise-deadline-ms': '800' }
      const [stuckBefore, quickBefore] = [stuck.requests.length, quick.requests.length]
      const asked = statusOf(call(hub, { path, body: chatBody, headers }))
      while (stuck.requests.length + quick.requests.length === stuckBefore + quickBefore) await turn()
      if (stuck.requests.length > stuckBefore) await clock.advance(800)
      statuses.add(await asked)
    }
    expect(await metric(hub, 'member_ejected{member="stuck/big"}')).toBe(1)
    expect(statuses).toEqual(new Set([200, 504]))
  })
})

describe('when all members are down', () => {
  it('breakers open, and the retries stay within their budget', async () => {
    const mocks = await Promise.all(times(3, () => startMockUpstream()))
    await using all = new AsyncDisposableStack()
    for (const mock of mocks) all.use(mock)
    const upstreams = mocks.map((mock, index) => upstream(`m${index}`, mock))
    await using hub = await testHub({ engines: [], clock: createFakeClock(), config: { upstreams } })
    for (const mock of mocks) mock.fail(...times(100, () => down))
    const statuses = await Promise.all(times(40, () => statusOf(call(hub, { path, body: chatBody }))))
    expect(statuses.every((status) => status === 502 || status === 503)).toBe(true)
    const sent = mocks.reduce((sum, { requests }) => sum + requests.length, 0)
    expect(sent).toBeLessThanOrEqual(40 + 10 + 8)
    expect(await metric(hub, 'retries_total')).toBeLessThanOrEqual(18)
    const refused = await call(hub, { path, body: chatBody })
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '2'])
    for (const index of [0, 1, 2]) {
      expect(await metric(hub, `member_breaker{member="m${index}/big",state="open"}`)).toBe(1)
    }
  })

  it('refusals that open no breaker are not tried elsewhere without end', async () => {
    const mocks = await Promise.all(times(3, () => startMockUpstream()))
    await using all = new AsyncDisposableStack()
    for (const mock of mocks) all.use(mock)
    const upstreams = mocks.map((mock, index) => upstream(`m${index}`, mock))
    await using hub = await testHub({ engines: [], clock: createFakeClock(), config: { upstreams } })
    for (const mock of mocks) mock.fail(...times(100, (): MockFault => ({ kind: 'status', status: 403 })))
    for (let index = 0; index < 60; index += 1) expect(await statusOf(call(hub, { path, body: chatBody }))).toBe(502)
    expect(mocks.reduce((sum, { requests }) => sum + requests.length, 0)).toBe(60 + 10 + 12)
    expect(await metric(hub, 'retries_total')).toBe(22)
    expect(await metric(hub, 'retries_refused_total')).toBeGreaterThan(0)
  })

  it('one request tries a member again, and the others follow when it is back', async () => {
    const clock = createFakeClock()
    await using mock = await startMockUpstream()
    await using hub = await testHub({ engines: [], clock, config: { upstreams: [upstream('one', mock)] } })
    mock.fail(down, down, down, { kind: 'delay' })
    for (let index = 0; index < 3; index += 1) await statusOf(call(hub, { path, body: chatBody }))
    await clock.advance(2_000)
    const trying = statusOf(call(hub, { path, body: chatBody }))
    while (mock.requests.length < 4) await turn()
    expect(await metric(hub, 'member_breaker{member="one/big",state="half-open"}')).toBe(1)
    expect(await statusOf(call(hub, { path, body: chatBody }))).toBe(503)
    expect(mock.requests.length).toBe(4)
    mock.release()
    expect(await trying).toBe(200)
    expect(await statusOf(call(hub, { path, body: chatBody }))).toBe(200)
  })
})

describe('a storm of 429', () => {
  it('lets each member rest for as long as it asks, without calling it a failure', async () => {
    const clock = createFakeClock()
    await using one = await startMockUpstream()
    await using two = await startMockUpstream()
    const upstreams = [upstream('one', one), upstream('two', two)]
    await using hub = await testHub({ engines: [], clock, config: { upstreams } })
    const busy = (seconds: string): MockFault => ({ kind: 'status', status: 429, headers: { 'retry-after': seconds } })
    one.fail(busy('20'))
    two.fail(busy('30'))
    const first = await call(hub, { path, body: chatBody })
    expect(first.status).toBe(429)
    for (let index = 0; index < 20; index += 1) {
      const refused = await call(hub, { path, body: chatBody })
      expect([refused.status, refused.headers['retry-after']]).toEqual([429, '20'])
      expect((await refused.json()).error.code).toBe('overloaded')
    }
    expect(one.requests.length + two.requests.length).toBe(2)
    await clock.advance(20_000)
    for (let index = 0; index < 4; index += 1) expect(await statusOf(call(hub, { path, body: chatBody }))).toBe(200)
    expect([one.requests.length, two.requests.length]).toEqual([5, 1])
    expect(await metric(hub, 'member_breaker{member="one/big",state="closed"}')).toBe(1)
  })
})

describe('a member whose key is refused', () => {
  it('is left alone after others took what it had refused', async () => {
    await using wrong = await startMockUpstream()
    await using right = await startMockUpstream()
    const upstreams = [upstream('wrong', wrong), upstream('right', right)]
    await using hub = await testHub({ engines: [], clock: createFakeClock(), config: { upstreams } })
    const quota = { error: { type: 'insufficient_quota', code: 'insufficient_quota' } }
    wrong.fail(...times(50, (): MockFault => ({ kind: 'status', status: 429, body: quota })))
    for (let index = 0; index < 20; index += 1) expect(await statusOf(call(hub, { path, body: chatBody }))).toBe(200)
    expect(wrong.requests.length).toBe(3)
  })
})

describe('a request that one member refuses and another takes', () => {
  it.each([400, 413, 422])('takes no member away from everybody when the refusal was %i', async (status) => {
    await using strict = await startMockUpstream()
    await using lenient = await startMockUpstream()
    const upstreams = [upstream('strict', strict), upstream('lenient', lenient)]
    await using hub = await testHub({ engines: [], clock: createFakeClock(), config: { upstreams } })
    strict.fail(...times(12, (): MockFault => ({ kind: 'status', status })))
    for (let index = 0; index < 40; index += 1) await statusOf(call(hub, { path, body: chatBody }))
    expect(strict.requests.length).toBeGreaterThan(12)
    expect(await metric(hub, 'member_breaker{member="strict/big",state="closed"}')).toBe(1)
    expect(await metric(hub, 'ejections_total')).toBe(0)
  })

  it.each([401, 403, 404])('takes away the member that refused with %i', async (status) => {
    await using wrong = await startMockUpstream()
    await using right = await startMockUpstream()
    const upstreams = [upstream('wrong', wrong), upstream('right', right)]
    await using hub = await testHub({ engines: [], clock: createFakeClock(), config: { upstreams } })
    wrong.fail(...times(50, (): MockFault => ({ kind: 'status', status })))
    for (let index = 0; index < 20; index += 1) expect(await statusOf(call(hub, { path, body: chatBody }))).toBe(200)
    expect(wrong.requests.length).toBe(3)
  })
})

describe('a client that leaves', () => {
  it('pays for what was streamed, and the upstream stops', async () => {
    const folder = temporaryFolder()
    await using mock = await startMockUpstream()
    mock.fail({ kind: 'stall', afterChunks: 3 })
    const config = { upstreams: [upstream('one', mock, { price })] }
    {
      await using hub = await testHub({ engines: [], folder, config })
      const streamed = await call(hub, { path, body: { ...chatBody, stream: true, max_tokens: 100 } })
      let text = ''
      while (!text.includes(' the')) {
        await once(streamed.incoming, 'readable')
        text += String(streamed.incoming.read() ?? '')
      }
      streamed.incoming.destroy()
      expect(await mock.requests[0]?.outcome).toBe('cut')
    }
    await using store = await openStore({ path: join(folder, 'hub.db') })
    const [row] = await store.spending.since('2000-01-01')
    expect(row).toMatchObject({ caller: 'api-key', requests: 1, completionTokens: 4 })
    expect(row?.micros).toBe((row?.promptTokens ?? 0) * 100 + 4000)
    expect(await store.spending.reconcile('none')).toEqual([])
  })
})

describe('a deadline that an edge tells', () => {
  it('ends the work of the upstream, and is no failure of it', async () => {
    const clock = createFakeClock()
    await using mock = await startMockUpstream()
    mock.fail({ kind: 'stall', afterChunks: 1 })
    await using hub = await testHub({ engines: [], clock, config: { upstreams: [upstream('one', mock)] } })
    const headers = { 'x-edgewise-deadline-ms': '1500' }
    const answered = call(hub, { path, body: { ...chatBody, stream: true }, headers })
    await mock.nextRequest()
    const streamed = await answered
    await clock.advance(1499)
    await clock.advance(1)
    expect(await streamed.text()).toContain('"code":"deadline-exceeded"')
    expect(await mock.requests[0]?.outcome).toBe('cut')
    expect(await metric(hub, 'requests_total{model="big",outcome="deadline-exceeded"}')).toBe(1)
    expect((await call(hub, { path, body: chatBody, headers: { 'x-edgewise-deadline-ms': 'soon' } })).status).toBe(400)
  })
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
