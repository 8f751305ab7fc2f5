import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runEdgewise, startEdgewise, waitForLine } from './run-edgewise.ts'

const models = join(import.meta.dirname, '..', '..', 'models')

const running = new Set<ReturnType<typeof startEdgewise>>()
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-two-'))
  const settings =
    'edge:\n  port: 0\n  policy: { mode: only-cloud, privacy: { personalData: allow } }\nhub:\n  port: 0\n'
  await writeFile(join(folder, 'edgewise.yaml'), settings)
})
afterAll(async () => {
  // Of a test that failed half way.
  for (const child of running) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

function run(...words: string[]) {
  return runEdgewise({ arguments: words, folder })
}

async function start(...words: string[]) {
  const child = startEdgewise({ arguments: [...words, '--log', 'warn'], folder })
  running.add(child)
  const [, url = ''] = await waitForLine(child.stdout, /answers at (https?:\/\/[^\s/]*\d)/)
  const ended = once(child, 'close')
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await ended
      running.delete(child)
      return code as number
    },
  }
}

async function ask(url: string) {
  const key = (await readFile(join(folder, 'edge', 'api-key'), 'utf8')).trim()
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', max_tokens: 4, messages: [{ role: 'user', content: 'hello' }] }),
  })
  await response.text()
  return { status: response.status, id: response.headers.get('x-edgewise-request-id') ?? '' }
}

/** The edge answers from its first moment; its hub has to be asked first which models it has. */
async function untilCloudIsKnown(url: string) {
  const key = (await readFile(join(folder, 'edge', 'api-key'), 'utf8')).trim()
  for (;;) {
    const response = await fetch(`${url}/edgewise/v1/status`, { headers: { authorization: `Bearer ${key}` } })
    const { cloud } = (await response.json()) as { cloud: string | null }
    if (cloud !== null) return
  }
}

it('lets an edge join with a token, remembers it, explains its answers, and cuts it off', async (context) => {
  if (!existsSync(models)) context.skip('the bundled models are not in this checkout')
  const hub = await start('hub', '--state', 'hub')
  const { stdout: token, stderr: hints } = await run('hub', 'token', '--state', 'hub', '--public-url', hub.url)
  expect(hints).not.toContain('Warning')
  const joined = await start('edge', '--state', 'edge', '--join', token.trim(), '--name', 'scanner 3')
  expect(await joined.stop()).toBe(0)

  const again = await run('edge', '--state', 'other', '--join', token.trim())
  expect(again.code).toBe(1)
  expect(again.stderr).toMatch(/^edgewise: .*token/i)

  const edge = await start('edge', '--state', 'edge')
  await untilCloudIsKnown(edge.url)
  const { status, id } = await ask(edge.url)
  expect(status).toBe(200)
  const told = await run('explain', id, '--state', 'edge', '--url', edge.url)
  expect(told.stdout).toMatch(/The plan was cloud .*only the cloud may answer/)
  expect(told.stdout).toMatch(/^\d+ bytes left this machine for https:\/\/127\.0\.0\.1:\d+, as plain text\.$/m)
  expect(await readFile(join(folder, 'edge', 'ledger', '000000000001.ledger'), 'utf8')).toContain('"purpose":"join"')
  expect(told.stdout).toMatch(/^In the ledger: entry \d+\.$/m)
  expect((await run('doctor', '--state', 'edge')).stdout).toMatch(/^ok {4}hub: .*pinned/m)

  const listed = await run('hub', 'edges', '--state', 'hub')
  expect(listed.stdout).toMatch(/^[0-9a-f]{12} {2}scanner 3 {2}joined /)
  const revoked = await run('hub', 'revoke', listed.stdout.slice(0, 12), '--state', 'hub')
  expect(revoked.stdout).toMatch(/^scanner 3 \([0-9a-f]{64}\) is cut off/)
  expect((await run('hub', 'edges', '--state', 'hub')).stdout).toContain('cut off')
  expect((await run('doctor', '--state', 'edge')).stdout).toMatch(/^fail {2}hub: .*does not know this edge/m)

  expect(await edge.stop()).toBe(0)
  const { stdout } = await run('explain', id, '--state', 'edge', '--url', edge.url)
  expect(stdout).toBe(told.stdout)
  expect(await hub.stop()).toBe(0)
}, 60_000)

it('says which port is taken, and by which setting another is chosen', async (context) => {
  if (!existsSync(models)) context.skip('the bundled models are not in this checkout')
  const edge = await start('edge', '--state', 'alone', '--mode', 'only-edge')
  const port = new URL(edge.url).port
  const second = await run('edge', '--state', 'alone', '--port', port)
  expect(second.code).toBe(1)
  expect(second.stderr).toContain(`Port ${port} on 127.0.0.1 is already in use`)
  expect((await run('doctor', '--state', 'alone')).stdout).toMatch(/^ok {4}port: any free one/m)
  expect(await edge.stop()).toBe(0)
})
