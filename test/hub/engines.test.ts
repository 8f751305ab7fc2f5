import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'
import { call, chatBody, temporaryFolder, testHub } from './running-hub.ts'

describe('a hub with models of its own', () => {
  it('answers from each of them, by the name of its folder', async () => {
    const root = temporaryFolder()
    const folders = ['first', 'second'].map((name) => join(root, name))
    for (const folder of folders) await writeTinyDecoder({ folder })
    await using hub = await testHub({ engines: [], config: { models: folders, threads: 1, kvBudgetMiB: 16 } })
    expect(hub.models).toEqual(['first', 'second'])
    for (const model of hub.models) {
      const body = { ...chatBody, model, max_tokens: 4, temperature: 0 }
      const answered = await call(hub, { path: '/v1/chat/completions', body })
      expect([answered.status, (await answered.json()).usage.completion_tokens]).toEqual([200, 4])
    }
  })

  it('names the folder that holds no model, and leaves no engine behind', async () => {
    const folder = join(temporaryFolder(), 'nothing')
    const starting = testHub({ engines: [], config: { models: [folder] } })
    await expect(starting).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringContaining(folder) })
  })
})
