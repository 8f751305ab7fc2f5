import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import type { HubFault } from '../../src/testing/model-hub.ts'
import { openTestStore, readTree, type TestStore, tinyModelFiles } from './store-of-test.ts'

const id = 'acme/Tiny'
const weights = 'onnx/model_q4.onnx_data'
const cdn = { place: 'cdn', path: weights } as const
let files: Record<string, Buffer>
let size: number
beforeAll(async () => {
  files = await tinyModelFiles()
  size = files[weights]?.length ?? 0
})

const open = () => openTestStore({ repositories: { [id]: { files } } })

/** What the network was asked for of the weights. */
function asked({ hub }: TestStore) {
  return hub.requests
    .filter(({ place, path }) => place === 'cdn' && path.endsWith(weights))
    .map(({ range, ifRange, sentBytes }) => ({ range, ifRange, sentBytes }))
}

async function expectWhole(store: TestStore): Promise<void> {
  const { folder } = await store.pull('hf:acme/Tiny')
  expect((await readTree(folder))[weights]?.equals(files[weights] ?? Buffer.alloc(0))).toBe(true)
  expect(existsSync(join(folder, `${weights}.part`))).toBe(false)
  expect(existsSync(join(folder, `${weights}.etag`))).toBe(false)
}

describe('a download that is cut', () => {
  it('asks for the missing bytes alone, under the same ETag, and sends nothing twice', async () => {
    await using store = await open()
    store.hub.fail(cdn, { kind: 'cut', afterBytes: 10_000 }, { kind: 'cut', afterBytes: 5000 })
    await expectWhole(store)
    const etag = asked(store)[1]?.ifRange
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/)
    expect(asked(store)).toEqual([
      { range: undefined, ifRange: undefined, sentBytes: 10_000 },
      { range: 'bytes=10000-', ifRange: etag, sentBytes: 5000 },
      { range: 'bytes=15000-', ifRange: etag, sentBytes: size - 15_000 },
    ])
    expect(store.waits).toEqual([500, 500])
  })

  it('goes on in the next run where the last one was stopped', async () => {
    await using store = await open()
    const controller = new AbortController()
    store.hub.fail(cdn, { kind: 'stall', afterBytes: 20_000 })
    // Somebody sees that nothing moves any more, and stops it.
    let patience: NodeJS.Timeout | undefined
    const pulling = store.pull('hf:acme/Tiny', {
      signal: controller.signal,
      onEvent() {
        clearTimeout(patience)
        patience = setTimeout(() => controller.abort(), 1_000)
      },
    })
    await expect(pulling).rejects.toMatchObject({ code: 'aborted' })
    expect((await readdir(store.modelsFolder)).filter((name) => !name.startsWith('.'))).toEqual([])
    await expectWhole(store)
    const [first, second, ...rest] = asked(store)
    expect(rest).toEqual([])
    expect(first?.range).toBe(undefined)
    const from = Number(/^bytes=(\d+)-$/.exec(second?.range ?? '')?.[1])
    expect(from).toBeGreaterThan(0)
    expect(second?.sentBytes).toBe(size - from)
  })

  it('does not count attempts that get somewhere', async () => {
    await using store = await open()
    store.hub.fail(cdn, ...Array.from({ length: 20 }, (): HubFault => ({ kind: 'cut', afterBytes: 1000 })))
    await expectWhole(store)
    expect(asked(store)).toHaveLength(21)
    expect(asked(store).reduce((sum, { sentBytes }) => sum + sentBytes, 0)).toBe(size)
  })

  it('gives up after six attempts without a byte, ever later, and says what happened', async () => {
    await using store = await open()
    store.hub.fail(cdn, ...Array.from({ length: 6 }, (): HubFault => ({ kind: 'cut', afterBytes: 0 })))
    await expect(store.pull('hf:acme/Tiny')).rejects.toMatchObject({ code: 'stream-cut' })
    expect(store.waits).toEqual([500, 1000, 2000, 4000, 8000])
  })

  it('starts over when the content has another ETag meanwhile', async () => {
    await using store = await open()
    store.hub.fail(cdn, { kind: 'cut', afterBytes: 10_000 })
    const etagPath = () =>
      join(store.modelsFolder, '.partial', `acme--Tiny@${store.hub.commitOf(id).slice(0, 12)}`, `${weights}.etag`)
    const onEvent = (event: { type: string }) => event.type === 'retry' && void writeFile(etagPath(), '"another"')
    const { folder } = await store.pull('hf:acme/Tiny', {
      onEvent,
      clock: {
        ...createFakeClock(),
        now: () => 0,
        monotonic: () => 0,
        delay: () => writeFile(etagPath(), '"another"'),
      },
    })
    expect((await readTree(folder))[weights]?.equals(files[weights] ?? Buffer.alloc(0))).toBe(true)
    expect(asked(store).at(-1)).toEqual({ range: 'bytes=10000-', ifRange: '"another"', sentBytes: size })
  })

  it.each<[string, HubFault]>([
    ['ignores the range', { kind: 'ignore-range' }],
    ['sends another range', { kind: 'wrong-range' }],
    ['sends more than there is', { kind: 'too-long', extraBytes: 10 }],
  ])('ends right when the server %s', async (_, fault) => {
    await using store = await open()
    store.hub.fail(cdn, { kind: 'cut', afterBytes: 10_000 }, fault)
    await expectWhole(store)
  })

  it('ends right whatever mix of faults comes', async () => {
    const fault = fc.oneof(
      fc.record({ kind: fc.constant('cut' as const), afterBytes: fc.nat(60_000) }),
      fc.record({ kind: fc.constant('ignore-range' as const) }),
      fc.record({ kind: fc.constant('wrong-range' as const) }),
      fc.record({ kind: fc.constant('too-long' as const), extraBytes: fc.integer({ min: 1, max: 5000 }) }),
      fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(500, 502, 503, 429) }),
      fc.record({ kind: fc.constant('html' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 5 }), async (faults) => {
        await using store = await open()
        store.hub.fail(cdn, ...faults)
        await expectWhole(store)
      }),
      { numRuns: 40 },
    )
  })
})

it('does not take a range that it has not asked for', async () => {
  await using store = await open()
  store.hub.fail(cdn, { kind: 'cut', afterBytes: 10_000 }, { kind: 'wrong-range' })
  await expectWhole(store)
  const retries = store.events.filter((event) => event.type === 'retry')
  expect(retries.at(-1)?.because).toMatch(/the rest of .* could not be had \(206\), so it starts over/)
})

it('takes no byte more than was listed', async () => {
  await using store = await open()
  store.hub.fail(cdn, { kind: 'too-long', extraBytes: 10 })
  await expectWhole(store)
  const retries = store.events.filter((event) => event.type === 'retry')
  expect(retries.map(({ because }) => because)).toEqual([
    expect.stringMatching(/sent more of onnx\/model_q4\.onnx_data than its \d+ bytes/),
  ])
})

describe('a download with wrong bytes', () => {
  it('is fetched once more, from the beginning', async () => {
    await using store = await open()
    store.hub.fail(cdn, { kind: 'corrupt', atByte: 777 })
    await expectWhole(store)
    expect(asked(store).map(({ range, sentBytes }) => [range, sentBytes])).toEqual([
      [undefined, size],
      [undefined, size],
    ])
  })

  it('is found although the file came in two parts', async () => {
    await using store = await open()
    store.hub.fail(cdn, { kind: 'cut', afterBytes: 10_000 }, { kind: 'corrupt', atByte: 20_000 })
    await expectWhole(store)
    expect(asked(store).at(-1)).toMatchObject({ range: undefined, sentBytes: size })
  })

  it('is refused the second time, and nothing of it is kept', async () => {
    await using store = await open()
    store.hub.fail(cdn, { kind: 'corrupt', atByte: 777 }, { kind: 'corrupt', atByte: 778 })
    await expect(store.pull('hf:acme/Tiny')).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(
        /model_q4\.onnx_data came twice with other bytes than 127\.0\.0\.1:\d+ lists \(sha256 [0-9a-f]{64}\)/,
      ),
    })
    const left = Object.keys(await readTree(join(store.modelsFolder, '.partial')))
    expect(left.filter((path) => path.includes('onnx_data'))).toEqual([])
    expect((await readdir(store.modelsFolder)).filter((name) => !name.startsWith('.'))).toEqual([])
  })

  it('is found in a small file too, by its git blob', async () => {
    await using store = await open()
    const small = { place: 'resolve', path: `${store.hub.commitOf(id)}/config.json` } as const
    store.hub.fail(
      small,
      { kind: 'none' },
      { kind: 'corrupt', atByte: 3 },
      { kind: 'none' },
      { kind: 'corrupt', atByte: 3 },
    )
    await expect(store.pull('hf:acme/Tiny')).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(/config\.json came twice .*git-sha1/),
    })
  })

  it('is found when bytes of an earlier run were changed on disk', async () => {
    await using store = await open()
    store.hub.fail(cdn, ...Array.from({ length: 7 }, (): HubFault => ({ kind: 'cut', afterBytes: 100 })))
    const signal = AbortSignal.timeout(60_000)
    store.hub.fail({ place: 'cdn', path: 'never' }, { kind: 'none' })
    const partial = join(
      store.modelsFolder,
      '.partial',
      `acme--Tiny@${store.hub.commitOf(id).slice(0, 12)}`,
      `${weights}.part`,
    )
    let damaged = false
    const delay = async () => {
      if (!damaged && existsSync(partial)) await writeFile(partial, Buffer.alloc(50, 'x'))
      damaged = true
    }
    const { folder } = await store.pull('hf:acme/Tiny', {
      signal,
      clock: { ...createFakeClock(), now: () => 0, monotonic: () => 0, delay },
    })
    expect((await readTree(folder))[weights]?.equals(files[weights] ?? Buffer.alloc(0))).toBe(true)
    expect(damaged).toBe(true)
  })
})
