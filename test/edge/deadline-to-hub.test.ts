import { expect, it } from 'vitest'
import { connectHub } from '../../src/edge/hub-connection.ts'
import type { SanitisedRequest } from '../../src/spec/outbound.ts'
import type { Outbound } from '../../src/spec/ports.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { read, views } from '../placements/request.ts'
import { startScriptedEdge } from './scripted-edge.ts'

it('a caller’s deadline goes with its request to the cloud, counted from its arrival', async () => {
  const policy = { mode: 'only-cloud', privacy: { personalData: 'allow' } }
  await using edge = await startScriptedEdge({ localScript: [], cloudScript: [scriptedAnswer(['x'])], policy })
  const body = { model: 'auto', messages: [{ role: 'user', content: 'hello' }] }
  const before = performance.now()
  await edge.post(body, { 'x-edgewise-deadline-ms': '20000' })
  await edge.post(body)
  const [first, second] = edge.cloud?.calls ?? []
  expect(first?.request.deadlineAt).toBeGreaterThanOrEqual(before + 20_000)
  expect(first?.request.deadlineAt).toBeLessThanOrEqual(performance.now() + 20_000)
  expect(second?.request.deadlineAt).toBe(undefined)
})

it('the hub is told what is left of it', async () => {
  const clock = createFakeClock()
  const sent: Outbound[] = []
  const answer = async function* (value: unknown) {
    yield new TextEncoder().encode(JSON.stringify(value))
  }
  await using hub = connectHub({
    url: new URL('https://hub.example'),
    clock,
    random: () => 0.5,
    firstTokenTimeoutMs: 1000,
    interTokenTimeoutMs: 1000,
    onTrouble: () => undefined,
    open: async (outbound) => {
      sent.push(outbound)
      const headers = { 'content-type': 'application/json' }
      return { status: 200, headers, body: answer({ data: [{ id: 'big' }] }) }
    },
  })
  await clock.advance(400)
  const { sanitised } = views({ deadlineAt: 3000 })
  await read(hub.generator.generate(sanitised as SanitisedRequest, new AbortController().signal))
  const { headers } = sent.find(({ purpose }) => purpose === 'inference') ?? { headers: {} }
  expect(headers).toMatchObject({ 'x-edgewise-deadline-ms': '2600' })
})
