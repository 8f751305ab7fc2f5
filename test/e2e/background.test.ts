import type OpenAI from 'openai'
import { expect, it } from 'vitest'
import { linkProfile } from '../../src/testing/link-emulator/link-profiles.ts'
import { call } from '../hub/running-hub.ts'
import { startTwoMachines, untilLinked } from './two-machines.ts'

const question = { model: 'auto', input: 'Question: What is anemia?', temperature: 0, max_output_tokens: 120 }

async function statusOf(client: OpenAI, id: string) {
  return (await client.responses.retrieve(id)).status
}

it('the official client gets a background answer through an outage and a restart, generated once', async () => {
  await using machines = await startTwoMachines()
  const { hub, link, client } = machines
  await untilLinked(client)
  const inMode = (mode: string) => ({ headers: { 'x-edgewise-mode': mode } })
  const direct = await client.responses.create(question, inMode('only-cloud'))

  link.setProfile(linkProfile('down'))
  const queued = await client.responses.create({ ...question, background: true }, inMode('only-cloud'))
  expect(queued.status).toBe('queued')
  const cancelled = await client.responses.create({ ...question, background: true }, inMode('prefer-cloud'))
  expect((await client.responses.cancel(cancelled.id)).status).toBe('cancelled')
  const local = await client.responses.create({ ...question, background: true }, inMode('only-edge'))
  await expect.poll(() => statusOf(client, local.id), { timeout: 20_000 }).toBe('completed')
  expect(['queued', 'in_progress']).toContain(await statusOf(client, queued.id))

  const again = await machines.restartEdge()
  expect(['queued', 'in_progress']).toContain(await statusOf(again, queued.id))
  link.setProfile(linkProfile('lan'))
  await expect.poll(() => statusOf(again, queued.id), { timeout: 30_000 }).toBe('completed')
  const answer = await again.responses.retrieve(queued.id)
  expect(answer.output_text).toBe(direct.output_text)
  expect(answer).toMatchObject({ background: true, edgewise: { placement: 'cloud', model: 'edgewise-cloud' } })
  expect(await statusOf(again, cancelled.id)).toBe('cancelled')

  const metrics = await (await call(hub, { path: '/metrics' })).text()
  const answered = [...metrics.matchAll(/edgewise_hub_requests_total\{[^}]*outcome="answered"[^}]*\} (\d+)/g)]
  expect(answered.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(2)

  const stream = await again.responses.retrieve(queued.id, { stream: true, starting_after: 4 })
  const events = await Array.fromAsync(stream)
  expect(events[0]?.sequence_number).toBe(5)
  expect(events.at(-1)?.type).toBe('response.completed')
}, 120_000)
