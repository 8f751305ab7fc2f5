import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EngineHost } from '../../../src/engines/host/engine-host.ts'
import type { Clock } from '../../../src/spec/ports.ts'
import type { InferenceRequest } from '../../../src/spec/request.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { someRequest } from '../some-request.ts'
import { hostOptions } from './host-options.ts'

const never = new AbortController().signal
let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'edgewise-host-'))
  await writeFile(join(root, 'secret'), 'a secret')
})

afterAll(() => rm(root, { recursive: true }))

async function modelFolder(name: string): Promise<string> {
  const folder = join(root, name)
  await mkdir(folder)
  await writeFile(join(folder, 'config.json'), '{}')
  return folder
}

async function start(name: string, clock: Clock = systemClock): Promise<EngineHost> {
  return EngineHost.start({ ...hostOptions(await modelFolder(name)), clock })
}

function ask(host: EngineHost, request: InferenceRequest) {
  return Array.fromAsync(host.generate(request, never))
}

function kill(host: EngineHost): void {
  if (host.pid !== undefined) process.kill(host.pid, 'SIGKILL')
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('an engine host', () => {
  it('passes requests to a process of its own and their parts back', async () => {
    await using host = await start('passes')
    expect(host.pid).not.toBe(process.pid)
    expect(host.contextTokens).toBe(100_000)
    const parts = await ask(host, someRequest('short'))
    expect(parts.map((part) => (part.type === 'text-delta' ? part.text : part.type))).toEqual(['o', 'k', 'finish'])
    expect(host.stats).toMatchObject({ running: 0, kvBytes: 0, restarts: 0 })
  })

  it('passes errors back with code, field and time to come back', async () => {
    await using host = await start('errors')
    const request = someRequest('short', { embedding: {} })
    await expect(ask(host, request)).rejects.toMatchObject({ code: 'unsupported-field', param: 'model' })
  })

  it('stops the work of a request that is aborted or left', async () => {
    await using host = await start('stops')
    const controller = new AbortController()
    const aborted = host.generate(someRequest('endless', { maxTokens: 90_000 }), controller.signal)
    await aborted.next()
    expect(host.stats).toMatchObject({ running: 1, kvBytes: expect.any(Number) })
    expect(host.stats.kvBytes).toBeGreaterThan(0)
    controller.abort()
    await expect(aborted.next()).rejects.toMatchObject({ code: 'aborted' })
    await expect.poll(() => host.stats.kvBytes).toBe(0)
    for await (const _ of host.generate(someRequest('endless', { maxTokens: 90_000 }), never)) break
    expect(host.stats.running).toBe(0)
    await expect.poll(() => host.stats.kvBytes).toBe(0)
  })

  it('fails running requests when the process dies, and answers again within 3 s', async () => {
    await using host = await start('dies')
    const before = host.pid
    const reading = host.generate(someRequest('endless'), never)
    await reading.next()
    kill(host)
    await expect(Array.fromAsync(reading)).rejects.toMatchObject({ code: 'engine-crashed', retryable: true })
    const crashed = performance.now()
    expect(host.unavailable()).toMatch(/being restarted: it ended by SIGKILL/)
    await expect(ask(host, someRequest('short'))).rejects.toMatchObject({
      code: 'engine-unavailable',
      retryAfterSeconds: 1,
    })
    await expect.poll(() => host.unavailable(), { timeout: 10_000 }).toBe(undefined)
    expect(performance.now() - crashed).toBeLessThan(3000)
    expect((await ask(host, someRequest('short'))).at(-1)?.type).toBe('finish')
    expect(host.pid).not.toBe(before)
    expect(host.stats.restarts).toBe(1)
  })

  it('gives up after five failed starts in a row, ever later, and says why', async () => {
    const clock = createFakeClock()
    await using host = await start('gives-up', clock)
    await writeFile(join(root, 'gives-up', 'broken'), '')
    kill(host)
    for (const delayMs of [250, 500, 1000, 2000]) {
      await expect.poll(() => [host.pid, clock.pendingDelays], { timeout: 10_000 }).toEqual([undefined, 1])
      expect(host.unavailable()).toMatch(/being restarted: the model is broken/)
      await clock.advance(delayMs - 1)
      expect(clock.pendingDelays).toBe(1)
      await clock.advance(1)
    }
    await expect.poll(() => host.unavailable(), { timeout: 10_000 }).toMatch(/5 times in a row.* the model is broken/)
    expect(clock.pendingDelays).toBe(0)
    expect(host.pid).toBe(undefined)
  })

  it('rejects with the reason when the first start fails', async () => {
    const folder = await modelFolder('never-loads')
    await writeFile(join(folder, 'broken'), '')
    const starting = EngineHost.start({ ...hostOptions(folder), clock: systemClock })
    await expect(starting).rejects.toMatchObject({ code: 'model-invalid', message: 'the model is broken' })
    const missing = EngineHost.start({ ...hostOptions(folder), clock: systemClock, main: join(folder, 'none.ts') })
    await expect(missing).rejects.toMatchObject({ code: 'engine-crashed' })
    await expect(missing).rejects.toThrow(/exited with code 1: Error.*none\.ts/)
  })

  it('gives up loading when the signal aborts', async () => {
    const controller = new AbortController()
    const starting = EngineHost.start(
      { ...hostOptions(await modelFolder('aborted')), clock: systemClock },
      controller.signal,
    )
    controller.abort(new Error('enough'))
    await expect(starting).rejects.toThrow('enough')
  })

  it('kills a process that breaks the protocol', async () => {
    await using host = await start('nonsense')
    await expect(ask(host, someRequest('endless', { id: 'nonsense' }))).rejects.toThrow(/it broke the protocol/)
    await expect.poll(() => host.unavailable(), { timeout: 10_000 }).toBe(undefined)
  })

  it('ends its process when it is closed, and running requests with it', async () => {
    const host = await start('closed')
    const pid = host.pid ?? 0
    const reading = host.generate(someRequest('endless'), never)
    await reading.next()
    await host[Symbol.asyncDispose]()
    await expect(Array.fromAsync(reading)).rejects.toMatchObject({ code: 'engine-crashed' })
    expect(isAlive(pid)).toBe(false)
    expect(host.unavailable()).toBe('it is closed')
  })

  it('ends its process when its own one dies', async () => {
    const folder = await modelFolder('orphan')
    const parent = spawn(process.execPath, [join(import.meta.dirname, 'parent.ts'), folder])
    const [line] = await once(parent.stdout.setEncoding('utf8'), 'data')
    const pid = Number(line)
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
  })
})

describe('an engine process', () => {
  it('has no environment, reads only model and package, writes and starts nothing', async () => {
    const folder = await modelFolder('probed')
    const main = join(import.meta.dirname, 'probing-child.ts')
    const starting = EngineHost.start({ ...hostOptions(folder), main, clock: systemClock })
    const report = await starting.then(
      () => '{}',
      (thrown: Error) => thrown.message,
    )
    expect(JSON.parse(report)).toEqual({
      environment: {},
      readsModel: 'done',
      readsBeside: 'ERR_ACCESS_DENIED',
      readsSystem: 'ERR_ACCESS_DENIED',
      writesModel: 'ERR_ACCESS_DENIED',
      startsPrograms: 'ERR_ACCESS_DENIED',
      loadsOnnxruntime: 'done',
    })
  })
})
