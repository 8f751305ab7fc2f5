import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { takePullLock } from '../../src/model-store/pull-lock.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { openTestStore, tinyModelFiles } from './store-of-test.ts'

const root = await mkdtemp(join(tmpdir(), 'edgewise-lock-'))
afterAll(() => rm(root, { recursive: true }))
const signal = new AbortController().signal

function note(changes: object): string {
  return JSON.stringify({ id: 'other', pid: process.pid, host: hostname(), started: '', ...changes })
}

describe('the lock of a pull', () => {
  it('is held by one at a time, in turn', async () => {
    const path = join(root, 'turns.lock')
    const clock = createFakeClock()
    const waited: number[] = []
    const first = await takePullLock({ path, clock, signal })
    let isSecond = false
    const second = takePullLock({ path, clock, signal, onWait: (pid) => waited.push(pid) }).then((lock) => {
      isSecond = true
      return lock
    })
    await expect.poll(() => clock.pendingDelays).toBe(1)
    await clock.advance(250)
    await expect.poll(() => clock.pendingDelays).toBe(1)
    expect({ isSecond, waited }).toEqual({ isSecond: false, waited: [process.pid] })
    await first[Symbol.asyncDispose]()
    await clock.advance(250)
    await (await second)[Symbol.asyncDispose]()
    expect((await readdir(root)).filter((name) => name.startsWith('turns'))).toEqual([])
  })

  it.each([
    ['a process that has ended', async () => note({ pid: await endedPid() })],
    ['an earlier process with our own id', async () => note({})],
    ['a process whose id another has now', async () => note({ pid: process.ppid, started: '1' })],
    ['nobody, being no lock at all', async () => 'x'],
    ['nobody, being empty', async () => ''],
  ])('is taken over from %s', async (name, content) => {
    const path = join(root, `${name}.lock`)
    await writeFile(path, await content())
    await using _ = await takePullLock({ path, clock: createFakeClock(), signal })
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      pid: process.pid,
      id: expect.not.stringMatching('other'),
    })
  })

  it('is left to a process of another machine, which cannot be asked', async () => {
    const path = join(root, 'far.lock')
    await writeFile(path, note({ host: 'elsewhere', pid: 1 }))
    const clock = createFakeClock()
    const controller = new AbortController()
    const taking = takePullLock({ path, clock, signal: controller.signal })
    await expect.poll(() => clock.pendingDelays).toBe(1)
    controller.abort()
    await expect(taking).rejects.toMatchObject({ code: 'aborted' })
    expect(await readFile(path, 'utf8')).toBe(note({ host: 'elsewhere', pid: 1 }))
  })

  it('makes two pulls of one model fetch it once', async () => {
    const files = await tinyModelFiles()
    await using store = await openTestStore({ repositories: { 'acme/Tiny': { files } } })
    const weights = { place: 'cdn', path: 'onnx_data' } as const
    store.hub.fail(weights, { kind: 'stall', afterBytes: 1000 })
    const clock = createFakeClock()
    const first = store.pull('hf:acme/Tiny', { clock })
    await store.hub.arrival(weights)
    const second = store.pull('hf:acme/Tiny', { clock })
    await expect.poll(() => store.events.some(({ type }) => type === 'waiting')).toBe(true)
    store.hub.release()
    const { folder } = await first
    await clock.advance(250)
    expect(await second).toMatchObject({ folder, wasThere: true })
    expect(store.hub.requests.filter(({ place, path }) => place === 'cdn' && path.endsWith('onnx_data'))).toHaveLength(
      1,
    )
  })
})

async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}
