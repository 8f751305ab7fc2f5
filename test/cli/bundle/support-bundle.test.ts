import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { afterAll, describe, expect, it } from 'vitest'
import { safeSettings } from '../../../src/cli/bundle/safe-settings.ts'
import type { Decision } from '../../../src/spec/decision.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { runEdgewise } from '../run-edgewise.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewise-bundle-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function filesIn(path: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  const reading = extract()
  reading.end(gunzipSync(readFileSync(path)))
  for await (const entry of reading) {
    let text = ''
    for await (const piece of entry) text += piece
    files.set(entry.header.name, text)
  }
  return files
}

const decision: Decision = {
  requestId: 'chatcmpl-1',
  startedAt: '2026-01-01T00:00:00.000Z',
  keyId: 'key-zq',
  conversation: 'zq-ward-7',
  requestedModel: 'zq-model',
  stream: false,
  plan: undefined,
  steps: [],
  outcome: 'failed',
  errorCode: 'link-down',
  totalMs: 3,
  sent: { bytes: 0, disclosed: 'nothing', destinations: [] },
}

describe('the bundle for support', () => {
  it('is refused before any check when its file is there, or its folder is not', async () => {
    const taken = join(folder, 'taken.tar.gz')
    writeFileSync(taken, '')
    const doctor = (file: string) => runEdgewise({ arguments: ['doctor', '--state', folder, '--bundle', file], folder })
    expect(await doctor(taken)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('taken.tar.gz is there already. Name another file.'),
    })
    expect(await doctor(join(folder, 'nowhere', 'b.tar.gz'))).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/There is no folder .*nowhere for/),
    })
  })

  it('holds checks, versions, settings and decisions, and nothing that is nobody else’s business', {
    timeout: 60_000,
  }, async () => {
    {
      await using store = await openStore({ path: join(folder, 'edge.db') })
      store.decisions.save(decision)
    }
    writeFileSync(join(folder, 'api-key'), 'ew-zq-secret-key\n')
    writeFileSync(
      join(folder, 'edgewise.yaml'),
      [
        'edge:',
        '  port: 1',
        '  policy:',
        '    privacy:',
        '      recognizers: [{ kind: dictionary, name: customers, words: [zq-customer] }]',
        'hub:',
        '  upstreams:',
        '    - { name: far, url: "https://zq:zq@far.example/v1?key=zq", apiKey: zq-key, models: [{ id: big }] }',
      ].join('\n'),
    )
    const file = join(folder, 'support.tar.gz')
    const words = ['doctor', '--config', join(folder, 'edgewise.yaml'), '--state', folder, '--bundle', file]
    const { stdout, stderr } = await runEdgewise({ arguments: words, folder })
    expect(stdout, stderr).toContain(
      'support.tar.gz with checks.json, versions.json, settings.json, decisions.json, metrics.txt',
    )
    const files = await filesIn(file)
    const of = (name: string) => files.get(`edgewise-support/${name}`) ?? ''
    expect(JSON.parse(of('decisions.json'))).toMatchObject([{ requestId: 'chatcmpl-1', errorCode: 'link-down' }])
    expect(JSON.parse(of('settings.json'))).toMatchObject({
      edge: { policy: { privacy: { recognizers: [{ kind: 'dictionary', name: 'customers' }] } } },
      hub: { upstreams: [{ name: 'far', url: 'https://far.example/v1', apiKey: 'removed (length 6)' }] },
    })
    expect(JSON.parse(of('versions.json'))).toMatchObject({ node: process.versions.node })
    expect(of('checks.json')).toContain('settings')
    expect(of('metrics.txt')).toContain('No edge answered')
    expect([...files.values()].join('\n')).not.toMatch(/zq/)
    const again = await runEdgewise({ arguments: words, folder })
    expect(again.code).toBe(2)
  })

  it('shows no home folder and no secret in its settings', () => {
    const settings = { model: join(homedir(), 'models'), hub: { fingerprint: 'ab', joinToken: 'zq' }, keys: [1] }
    expect(safeSettings(settings)).toEqual({
      model: join('~', 'models'),
      hub: { fingerprint: 'ab', joinToken: 'removed (length 2)' },
      keys: [1],
    })
  })
})
