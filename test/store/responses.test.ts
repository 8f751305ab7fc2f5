import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import type { StoredResponse } from '../../src/store/store.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-responses-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let count = 0
const newPath = () => join(root, `${++count}.db`)

const dayMs = 86_400_000
const roomy = { keepDays: 30, keepBytes: 2 ** 20 }

function response(id: string, changes: Partial<StoredResponse> = {}): StoredResponse {
  return {
    id,
    keyId: 'key-1',
    conversation: 'c',
    previousId: undefined,
    body: { id, output: [] },
    input: [{ type: 'message', content: `words of ${id}` }],
    ...changes,
  }
}

describe('the responses of a store', () => {
  it('are found at once and after a restart, for their own key only', async () => {
    const path = newPath()
    const kept = response('resp_1', { previousId: 'resp_0', input: [`'; DROP TABLE responses; -- \u0000 \ud800 😀`] })
    {
      await using store = await openStore({ path })
      store.responses.save(kept)
      expect(await store.responses.find('resp_1', 'key-1')).toEqual(kept)
      expect(await store.responses.find('resp_1', 'key-2')).toBeUndefined()
    }
    await using again = await openStore({ path })
    expect(await again.responses.find('resp_1', 'key-1')).toEqual(kept)
    expect(await again.responses.find('resp_1', 'key-2')).toBeUndefined()
    expect(await again.responses.find('resp_0', 'key-1')).toBeUndefined()
  })

  it('are written together 50 ms later', async () => {
    const clock = createFakeClock()
    const path = newPath()
    await using store = await openStore({ path, clock })
    await using other = await openStore({ path, clock })
    store.responses.save(response('resp_1'))
    await clock.advance(49)
    expect(await other.responses.find('resp_1', 'key-1')).toBeUndefined()
    await clock.advance(1)
    expect(await other.responses.find('resp_1', 'key-1')).toMatchObject({ id: 'resp_1' })
  })

  it('are gone when removed, once and for their own key only, and their words are gone from the file', async () => {
    const path = newPath()
    const store = await openStore({ path })
    store.responses.save(response('resp_1', { input: ['a most peculiar sentence '.repeat(400)] }))
    expect(await store.responses.remove('resp_1', 'key-2')).toBe(false)
    expect(await store.responses.remove('resp_1', 'key-1')).toBe(true)
    expect(await store.responses.remove('resp_1', 'key-1')).toBe(false)
    expect(await store.responses.find('resp_1', 'key-1')).toBeUndefined()
    await store[Symbol.asyncDispose]()
    expect(readFileSync(path).includes('most peculiar')).toBe(false)
  })

  it('expire so long after their last use, and are then deleted', async () => {
    const clock = createFakeClock()
    const path = newPath()
    const responses = { ...roomy, keepDays: 2 }
    await using store = await openStore({ path, clock, responses })
    for (const id of ['resp_1', 'resp_2']) store.responses.save(response(id))
    await store.responses.flush()
    await clock.advance(1.5 * dayMs)
    await store.responses.use(['resp_2'])
    await clock.advance(dayMs)
    expect(await store.responses.find('resp_1', 'key-1')).toBeUndefined()
    expect(await store.responses.find('resp_2', 'key-1')).toMatchObject({ id: 'resp_2' })
    store.responses.save(response('resp_3'))
    await store.responses.flush()
    const database = new DatabaseSync(path)
    expect(database.prepare('SELECT id FROM responses ORDER BY id').all()).toEqual([{ id: 'resp_2' }, { id: 'resp_3' }])
    database.close()
  })

  it('take no more space than they may: the longest unused go first', async () => {
    const clock = createFakeClock()
    await using store = await openStore({ path: newPath(), clock, responses: { ...roomy, keepBytes: 26_000 } })
    for (let index = 0; index < 12; index += 1) {
      store.responses.save(response(`resp_${index}`, { input: ['x'.repeat(3000)] }))
      await store.responses.flush()
      await clock.advance(1000)
      if (index === 2) await store.responses.use(['resp_0'])
    }
    const found = await Promise.all(
      Array.from({ length: 12 }, (_, index) => store.responses.find(`resp_${index}`, 'key-1')),
    )
    expect(found.flatMap((one) => (one === undefined ? [] : [one.id]))).toEqual(
      [4, 5, 6, 7, 8, 9, 10, 11].map((index) => `resp_${index}`),
    )
  })

  it('of one key give way before those of a key that has less', async () => {
    const clock = createFakeClock()
    await using store = await openStore({ path: newPath(), clock, responses: { ...roomy, keepBytes: 26_000 } })
    store.responses.save(response('resp_other', { keyId: 'key-2' }))
    for (let index = 0; index < 20; index += 1) {
      await clock.advance(1000)
      store.responses.save(response(`resp_${index}`, { input: ['x'.repeat(3000)] }))
      await store.responses.flush()
    }
    expect(await store.responses.find('resp_other', 'key-2')).toMatchObject({ id: 'resp_other' })
    expect(await store.responses.find('resp_0', 'key-1')).toBeUndefined()
    expect(await store.responses.find('resp_19', 'key-1')).toMatchObject({ id: 'resp_19' })
  })

  it('that take more than an eighth of the space are told of and not kept', async () => {
    const errors: string[] = []
    const options = { path: newPath(), responses: { ...roomy, keepBytes: 16_000 } }
    await using store = await openStore({ ...options, onError: ({ message }) => errors.push(message) })
    store.responses.save(response('resp_other', { keyId: 'key-2' }))
    store.responses.save(response('resp_big', { input: ['x'.repeat(2000)] }))
    await store.responses.flush()
    expect(await store.responses.find('resp_big', 'key-1')).toBeUndefined()
    expect(await store.responses.find('resp_other', 'key-2')).toMatchObject({ id: 'resp_other' })
    expect(errors).toEqual([
      expect.stringMatching(/^The response resp_big is answered but not kept: it takes 2\d{3} bytes/),
    ])
  })

  it('are left alone by whoever opens the store without limits', async () => {
    const clock = createFakeClock()
    const options = { path: newPath(), clock, responses: { keepDays: 365, keepBytes: 2 ** 20 } }
    {
      await using store = await openStore(options)
      store.responses.save(response('resp_1'))
    }
    await clock.advance(100 * dayMs)
    {
      await using looking = await openStore({ path: options.path, clock })
      await looking.housekeeping.run(new AbortController().signal)
      expect(await looking.responses.find('resp_1', 'key-1')).toMatchObject({ id: 'resp_1' })
    }
    await using store = await openStore(options)
    expect(await store.responses.find('resp_1', 'key-1')).toMatchObject({ id: 'resp_1' })
  })

  it('take no more space than they may when they are written with other things', async () => {
    const path = newPath()
    await using store = await openStore({ path, responses: { ...roomy, keepBytes: 26_000 } })
    for (let index = 0; index < 12; index += 1) {
      const one = response(`resp_${index}`, { input: ['x'.repeat(3000)] })
      await store.transaction((writes) => writes.responses.save(one))
    }
    const database = new DatabaseSync(path)
    expect(database.prepare('SELECT sum(bytes) AS bytes FROM responses').get()?.bytes).toBeLessThanOrEqual(26_000)
    database.close()
    expect(await store.responses.find('resp_11', 'key-1')).toMatchObject({ id: 'resp_11' })
  })

  it('are forgotten by housekeeping too, in the steady time of the store', async () => {
    const { now, ...rest } = createFakeClock()
    let aheadMs = 0
    const path = newPath()
    await using store = await openStore({ path, clock: { ...rest, now: () => now() + aheadMs }, responses: roomy })
    const ids = () => {
      const database = new DatabaseSync(path)
      const rows = database.prepare('SELECT id FROM responses').all()
      database.close()
      return rows.map(({ id }) => id)
    }
    store.responses.save(response('resp_1'))
    await store.responses.flush()
    aheadMs = 3650 * dayMs
    await store.housekeeping.run(new AbortController().signal)
    store.responses.save(response('resp_2'))
    await store.responses.flush()
    expect(await store.responses.find('resp_1', 'key-1')).toMatchObject({ id: 'resp_1' })
    expect(ids()).toEqual(['resp_1', 'resp_2'])
    aheadMs = 0
    await rest.advance(30 * dayMs + 1)
    await store.housekeeping.run(new AbortController().signal)
    expect(ids()).toEqual([])
  })

  it('that cannot be written take no others with them, even when telling of it throws', async () => {
    const clock = createFakeClock()
    const path = newPath()
    const told: string[] = []
    const onError = ({ message }: Error) => {
      told.push(message)
      throw new Error('nobody hears this')
    }
    await using store = await openStore({ path, clock, onError })
    await using other = await openStore({ path, clock })
    store.responses.save(response('resp_bad', { input: [1n] }))
    store.responses.save(response('resp_good'))
    await clock.advance(50)
    expect(await other.responses.find('resp_good', 'key-1')).toMatchObject({ id: 'resp_good' })
    expect(told).toEqual([
      expect.stringMatching(/^The response resp_bad is answered but not kept: it cannot be written/),
    ])
    expect(await store.responses.remove('resp_good', 'key-1')).toBe(true)
    expect(await store.responses.find('resp_bad', 'key-1')).toBeUndefined()
  })

  it('of many characters are written in several groups', async () => {
    const path = newPath()
    await using store = await openStore({ path, responses: { ...roomy, keepBytes: 2 ** 28 } })
    const ids = ['resp_1', 'resp_2', 'resp_3']
    for (const id of ids) store.responses.save(response(id, { input: ['x'.repeat(9_000_000)] }))
    await store.responses.flush()
    await using other = await openStore({ path })
    for (const id of ids) expect(await other.responses.find(id, 'key-1')).toMatchObject({ id })
  })

  it('that the disk refuses are told of, and the answer is not held up', async () => {
    const path = newPath()
    const errors: string[] = []
    await using store = await openStore({ path, onError: (error) => errors.push(error.code) })
    const other = new DatabaseSync(path)
    other.exec("CREATE TRIGGER refuse BEFORE INSERT ON responses BEGIN SELECT RAISE(ABORT, 'refused'); END")
    store.responses.save(response('resp_1'))
    await expect(store.responses.flush()).rejects.toMatchObject({ code: 'store-failed' })
    expect(errors).toEqual(['store-failed'])
    expect(await store.responses.find('resp_1', 'key-1')).toBeUndefined()
    other.close()
  })
})
