import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runEdgewise } from './run-edgewise.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-cli-'))
})
afterAll(() => rm(folder, { recursive: true }))

const run = (...words: string[]) => runEdgewise({ arguments: words, folder })

describe('help', () => {
  it.each([[[]], [['--help']], [['-h']]])('of the whole is shown for %j', async (words) => {
    const { code, stdout } = await run(...words)
    expect(code).toBe(0)
    for (const command of ['demo', 'edge', 'hub', 'model', 'explain', 'doctor', 'init'])
      expect(stdout).toContain(`\n  ${command} `)
  })

  it.each(['demo', 'edge', 'hub', 'model', 'explain', 'doctor', 'init'])('of %s shows an example', async (command) => {
    const { code, stdout } = await run(command, '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Examples?:\n {2}edgewise /)
  })

  it('has the version beside it', async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'))
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })
})

describe('a wrong command line ends with 2', () => {
  it.each([
    [['edeg'], /Did you mean edge\?/],
    [['hub', 'tokn'], /Did you mean token\?/],
    [['edge', '--prot', '1'], /Did you mean --port\?/],
    [['edge', '--port', 'x'], /--port/],
    [['edge', '--port', '70000'], /<=65535/],
    [['edge', '--mode', 'sometimes'], /only-edge/],
    [['explain'], /missing required argument 'id'/],
    [['edge', '--config', 'none.yaml'], /edgewise init/],
  ])('%j', async (words, expected) => {
    const { code, stdout, stderr } = await run(...words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(expected)
    expect(stderr).not.toMatch(/\n {4}at /)
  })
})

it('init writes settings once and never over others', async () => {
  expect((await run('init', 'first.yaml')).code).toBe(0)
  await writeFile(join(folder, 'mine.yaml'), 'mine')
  const { code, stderr } = await run('init', 'mine.yaml')
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('mine.yaml is already there') })
  expect(await readFile(join(folder, 'mine.yaml'), 'utf8')).toBe('mine')
})

it('doctor finds settings that are wrong, with their line, and ends with 1', async () => {
  await writeFile(join(folder, 'wrong.yaml'), 'edge:\n  prot: 1\n')
  const { code, stdout } = await run('doctor', '--config', 'wrong.yaml')
  expect(code).toBe(1)
  expect(stdout).toMatch(/^fail {2}settings: wrong\.yaml:2:3 edge\.prot/)
})

it('doctor finds keys that others can read, a model that is none and a hub that is not there', async () => {
  const { mkdir } = await import('node:fs/promises')
  const state = join(folder, 'open-state')
  await mkdir(state, { mode: 0o755 })
  await writeFile(join(state, 'api-key'), 'ew-0123456789abcdef\n', { mode: 0o644 })
  const settings = 'edge:\n  port: 0\n  model: nowhere\n  hub: { url: "http://127.0.0.1:1" }\n'
  await writeFile(join(folder, 'bad.yaml'), settings)
  const { code, stdout } = await run('doctor', '--config', 'bad.yaml', '--state', state)
  expect(code).toBe(1)
  expect(stdout).toMatch(/^warn {2}state folder: .*mode 755.*\n {6}chmod 700/m)
  expect(stdout).toMatch(/^fail {2}key files: .*api-key\n {6}chmod 600/m)
  expect(stdout).toMatch(/^fail {2}local model: /m)
  expect(stdout).toMatch(/^fail {2}hub: /m)
  expect(stdout).not.toContain('0123456789abcdef')
})

it('explain says where it looked for a request that nobody knows', async () => {
  const { code, stderr } = await run('explain', 'chatcmpl-unknown', '--url', 'http://127.0.0.1:1')
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /No decision is known for request chatcmpl-unknown: neither by an edge at http:\/\/127\.0\.0\.1:1 nor in/,
  )
})

it('shows the stack only when asked to', async () => {
  const { stderr } = await runEdgewise({
    arguments: ['model', 'show', 'nowhere'],
    folder,
    environment: { EDGEWISE_DEBUG: '1' },
  })
  expect(stderr).toMatch(/\n {4}at /)
  expect((await run('model', 'show', 'nowhere')).stderr).not.toMatch(/\n {4}at /)
})
