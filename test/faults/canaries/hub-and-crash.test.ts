import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { runEdgewise, startEdgewise, waitForLine } from '../../cli/run-edgewise.ts'
import { faultFolder } from '../fault-folder.ts'
import { CanaryMaker } from './canary.ts'
import { canaryRequest } from './canary-request.ts'
import { findCanaries } from './find-canaries.ts'
import { startWireTap } from './wire-tap.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** A running `edgewise` with all that it says. */
async function startListening(words: readonly string[], folder: string, ready: RegExp) {
  const child = startEdgewise({ arguments: words, folder })
  const said: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const [, url = ''] = await waitForLine(child.stdout.iterator({ destroyOnReturn: false }), ready)
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text))
  return {
    url,
    pid: child.pid ?? 0,
    said: () => said.join(''),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGINT')
      await once(child, 'close')
    },
  }
}

/** The processes that run an engine for this one. */
function enginesOf(pid: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
  const lines = stdout.split('\n').filter((line) => line.includes('child-main'))
  return lines.map((line) => Number.parseInt(line, 10))
}

describe('canaries through the programs themselves', () => {
  it.skipIf(!existsSync(join(root, 'models')))(
    'are in nothing that edge, hub, upstream or a crashing engine say or keep',
    { timeout: 180_000 },
    async () => {
      const maker = new CanaryMaker(createSeededRandom(11))
      await using place = await faultFolder()
      const { path: folder } = place
      await using mock = await startMockUpstream({ models: ['far'], record: false })
      await using tap = await startWireTap(new URL(mock.baseUrl))
      const capabilities = ['tools', 'json']
      const upstreams = [{ name: 'far', url: `${tap.origin}/v1`, models: [{ id: 'far', capabilities }] }]
      const policy = { mode: 'prefer-cloud', privacy: { personalData: 'protect', nameModel: false } }
      const file = join(folder, 'edgewise.yaml')
      writeFileSync(file, JSON.stringify({ hub: { port: 0, upstreams }, edge: { port: 0, threads: 1, policy } }))

      const settings = ['--config', file]
      const hubWords = ['hub', ...settings, '--state', 'hub', '--log', 'debug']
      await using hub = await startListening(hubWords, folder, /answers at (https:\/\/[^\s/]*\d)/)
      const { stdout: told } = await runEdgewise({
        arguments: ['hub', 'token', ...settings, '--state', 'hub', '--public-url', hub.url],
        folder,
      })
      const [token = ''] = /edgewise-join-\S+/.exec(told) ?? []
      expect(token).not.toBe('')
      const edgeWords = ['edge', ...settings, '--state', 'edge', '--log', 'debug', '--join', token]
      await using edge = await startListening(edgeWords, folder, /answers at (http:\S*\d)\/v1/)
      const key = readFileSync(join(folder, 'edge', 'api-key'), 'utf8').trim()
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const post = (body: unknown, more: object = {}) =>
        fetch(`${edge.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { ...headers, ...more },
          body: JSON.stringify(body),
        })
      const cloud = async () =>
        ((await (await fetch(`${edge.url}/edgewise/v1/status`, { headers })).json()) as { cloud: unknown }).cloud
      await expect.poll(cloud, { timeout: 20_000 }).toBe('far')

      const canaries = Array.from({ length: 400 }, () => maker.replaced())
      const texts = canaries.map(({ sentence }) => sentence)
      const far = await post(
        canaryRequest(
          texts,
          canaries.slice(0, 5).map(({ value }) => value),
        ),
      )
      expect(await far.text()).toBeTypeOf('string')
      expect(far.headers.get('x-edgewise-placement')).toBe('cloud')
      const encoded = {
        model: 'auto',
        max_tokens: 4,
        messages: [{ role: 'user', content: Buffer.from(texts[0] ?? '').toString('base64') }],
      }
      expect((await post(encoded, { 'x-edgewise-mode': 'only-cloud' })).status).toBe(403)

      const [engine] = enginesOf(edge.pid)
      expect(engine).toBeTypeOf('number')
      const kept = {
        model: 'auto',
        messages: [{ role: 'user', content: maker.kept().sentence }],
        max_tokens: 1_000,
        // The token that ends an answer: this one goes on until the engine crashes.
        logit_bias: { 5: -100 },
      }
      const crashing = await post({ ...kept, stream: true })
      const pieces = crashing.body?.pipeThrough(new TextDecoderStream()).getReader()
      let crashed = ''
      for (let piece = await pieces?.read(); piece?.done === false; piece = await pieces?.read()) {
        if (crashed === '') process.kill(engine ?? 0, 'SIGSEGV')
        crashed += piece.value
      }
      expect(crashed).toContain('engine-crashed')

      const bundle = join(folder, 'support.tar.gz')
      const state = [...settings, '--state', 'edge']
      const doctor = await runEdgewise({ arguments: ['doctor', ...state, '--bundle', bundle], folder })
      const id = far.headers.get('x-edgewise-request-id') ?? ''
      const explained = await runEdgewise({ arguments: ['explain', id, '--url', edge.url, ...state], folder })
      expect(explained.stdout).toContain('cloud')
      writeFileSync(join(folder, 'prompt.txt'), texts.join('\n'))
      const audit = await runEdgewise({ arguments: ['audit', 'privacy', 'prompt.txt', '--json'], folder })
      expect(JSON.parse(audit.stdout)).not.toHaveLength(0)

      const places: Readonly<Record<string, string | Buffer>> = {
        wire: tap.take(),
        'output of the edge': edge.said(),
        'output of the hub': hub.said(),
        'error of the crash': crashed,
        doctor: doctor.stdout + doctor.stderr,
        explain: explained.stdout + explained.stderr,
        audit: audit.stdout + audit.stderr,
        bundle: gunzipSync(readFileSync(bundle)),
        'store of the edge': readFileSync(join(folder, 'edge', 'edge.db')),
        'store of the hub': readFileSync(join(folder, 'hub', 'hub.db')),
      }
      for (const [name, content] of Object.entries(places)) {
        expect([...findCanaries(Buffer.from(content), maker.made)], name).toEqual([])
      }
      expect(String(places.wire)).toContain('[EMAIL_1]')
      expect(findCanaries(Buffer.from(texts.join('\n')), maker.made).size).toBe(400)
    },
  )
})
