import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoFilePath, noteDemo } from '../../src/cli/demo/demo-file.ts'
import { openStore } from '../../src/store/open-store.ts'
import { decisionWith } from './demo/decision-with.ts'
import { runEdgewise } from './run-edgewise.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'edgewise-explain-'))
})
afterAll(() => rm(root, { recursive: true }))

function explain(id: string, state: string) {
  return runEdgewise({ arguments: ['explain', id, '--state', state, '--url', 'http://127.0.0.1:1'], folder: root })
}

describe('edgewise explain', () => {
  it('asks the demo that runs, by the note that it left', async () => {
    const state = join(root, 'running')
    const asked: (string | undefined)[] = []
    const edge = createServer((request, response) => {
      asked.push(request.url, request.headers.authorization)
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(decisionWith({ requestId: 'chatcmpl-1' })))
    })
    await once(edge.listen(0, '127.0.0.1'), 'listening')
    try {
      const edgeUrl = `http://127.0.0.1:${(edge.address() as AddressInfo).port}`
      await noteDemo(demoFilePath(state), { pid: 1, controlPort: 1, edgeUrl, apiKey: 'its-key' })
      expect((await explain('chatcmpl-1', state)).stdout).toMatch(/^Request chatcmpl-1 came at /)
      expect(asked).toEqual(['/edgewise/v1/requests/chatcmpl-1', 'Bearer its-key'])
    } finally {
      edge.close()
    }
  })

  it('reads what a demo kept that has ended', async () => {
    const state = join(root, 'ended')
    await mkdir(join(state, 'edge'), { recursive: true })
    await using store = await openStore({ path: join(state, 'edge', 'edge.db') })
    store.decisions.save(decisionWith({ requestId: 'chatcmpl-2' }))
    await store.decisions.flush()
    expect((await explain('chatcmpl-2', state)).stdout).toMatch(/^Request chatcmpl-2 came at /)
  })

  it('says where it looked, and how the decisions of a demo are kept', async () => {
    const { code, stderr } = await explain('chatcmpl-3', join(root, 'nothing'))
    expect(code).toBe(1)
    expect(stderr).toContain('neither by an edge at http://127.0.0.1:1 nor in')
    expect(stderr).toMatch(/demo .*--state FOLDER/)
  })
})
