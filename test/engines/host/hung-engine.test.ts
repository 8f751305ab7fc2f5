import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EngineHost } from '../../../src/engines/host/engine-host.ts'
import { createFakeClock, type FakeClock } from '../../../src/testing/fake-clock.ts'
import { someRequest } from '../some-request.ts'
import { hostOptions } from './host-options.ts'

const never = new AbortController().signal
let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'edgewise-hung-'))
})

afterAll(() => rm(root, { recursive: true }))

async function start(name: string) {
  const folder = join(root, name)
  await mkdir(folder)
  await writeFile(join(folder, 'config.json'), '{}')
  const clock = createFakeClock()
  return { folder, clock, host: await EngineHost.start({ ...hostOptions(folder), clock }) }
}

/** Moves time on, second by second, until the answer fails; gives its error and how long that took. */
async function untilFailed(clock: FakeClock, answer: Promise<unknown>) {
  let failure: unknown
  answer.catch((thrown) => {
    failure = thrown
  })
  const start = clock.monotonic()
  while (failure === undefined && clock.monotonic() - start < 120_000) await clock.advance(1000)
  return { failure, tookMs: clock.monotonic() - start }
}

function signal(host: EngineHost, name: 'SIGSTOP' | 'SIGCONT'): void {
  if (host.pid !== undefined) process.kill(host.pid, name)
}

/** The next process comes up without any wait (the clock stands still), and answers. */
async function expectAnswers(host: EngineHost): Promise<void> {
  await expect.poll(() => host.unavailable(), { timeout: 20_000 }).toBe(undefined)
  expect((await Array.fromAsync(host.generate(someRequest('short'), never))).at(-1)?.type).toBe('finish')
}

describe('an engine whose process hangs', () => {
  it('is killed and started again, and its running requests end with a typed error', async () => {
    const { host, clock } = await start('stopped')
    await using _ = host
    const before = host.pid
    const reading = host.generate(someRequest('endless', { maxTokens: 90_000 }), never)
    await reading.next()
    signal(host, 'SIGSTOP')
    const { failure, tookMs } = await untilFailed(clock, Array.fromAsync(reading))
    expect(failure).toMatchObject({ code: 'engine-crashed', retryable: true })
    expect(String(failure)).toMatch(/no sign of life for \d+ s/)
    expect(tookMs).toBeGreaterThan(10_000)
    expect(tookMs).toBeLessThan(20_000)
    expect(host.unavailable()).toMatch(/no sign of life/)
    await expectAnswers(host)
    expect(host.pid).not.toBe(before)
    expect(host.stats.restarts).toBe(1)
  })

  it('is found out by the next request when it stopped while it had none', async () => {
    const { host, clock } = await start('stopped-idle')
    await using _ = host
    signal(host, 'SIGSTOP')
    await clock.advance(3_600_000)
    expect(host.unavailable()).toBe(undefined)
    const { failure } = await untilFailed(clock, Array.fromAsync(host.generate(someRequest('short'), never)))
    expect(failure).toMatchObject({ code: 'engine-crashed' })
    await expectAnswers(host)
  })

  it('is left alone while its step takes no longer than its pace explains', async () => {
    const { host, clock } = await start('slow')
    await using _ = host
    const before = host.pid
    for (let pause = 0; pause < 3; pause++) {
      const reading = host.generate(someRequest('endless', { maxTokens: 90_000 }), never)
      await reading.next()
      signal(host, 'SIGSTOP')
      await clock.advance(9000)
      signal(host, 'SIGCONT')
      // What it says now has been read before the next pause begins.
      await reading.next()
      await reading.return(undefined)
      expect((await Array.fromAsync(host.generate(someRequest('short'), never))).at(-1)?.type).toBe('finish')
    }
    expect(host.pid).toBe(before)
    expect(host.stats.restarts).toBe(0)
  })

  it('is found out though it answers, when its model does no step', async () => {
    const { host, clock } = await start('stuck')
    await using _ = host
    let failure: unknown
    Array.fromAsync(host.generate(someRequest('endless', { id: 'stuck' }), never)).catch((thrown) => {
      failure = thrown
    })
    await clock.advance(2000)
    for (let answered = 1; failure === undefined && clock.monotonic() < 60_000; answered++) {
      await expect.poll(() => host.stats.kvBytes, { timeout: 10_000 }).toBe(answered)
      await clock.advance(2000)
    }
    expect(failure).toMatchObject({ code: 'engine-crashed' })
    expect(clock.monotonic()).toBe(12_000)
    await expectAnswers(host)
  })

  it('is killed too when it hangs while it loads again', async () => {
    const { host, clock, folder } = await start('loads-forever')
    await using _ = host
    await writeFile(join(folder, 'hanging'), '')
    if (host.pid !== undefined) process.kill(host.pid, 'SIGKILL')
    await expect.poll(() => host.unavailable(), { timeout: 10_000 }).toMatch(/being restarted/)
    const hanging = host.pid
    await clock.advance(60_000)
    await expect.poll(() => host.unavailable(), { timeout: 10_000 }).toMatch(/not loaded within 60 s/)
    expect(host.pid).not.toBe(hanging)
    await rm(join(folder, 'hanging'))
    await clock.advance(250)
    await expectAnswers(host)
  })
})
