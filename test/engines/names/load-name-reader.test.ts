import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadNameReader } from '../../../src/engines/names/load-name-reader.ts'
import { readNameModel } from '../../../src/engines/names/name-model-settings.ts'
import { writeTinyNames } from '../../../src/testing/tiny-names/write-tiny-names.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewise-name-reader-'))
beforeAll(() => writeTinyNames({ folder, layers: 3 }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('names the same in a long text whatever windows it is read in', async () => {
  const model = await readNameModel(folder)
  const text = Array.from({ length: 300 }, (_, index) => `Person${(index * 7919) % 97} of Town${index % 13},`).join(' ')
  const { signal } = new AbortController()
  await using whole = await loadNameReader({ model, threads: 1, windowTokens: 100_000 })
  const [expected = []] = await whole.classify([text], signal)
  expect(expected.length).toBeGreaterThan(100)
  for (const windowTokens of [9, 64, 250]) {
    await using reader = await loadNameReader({ model, threads: 1, windowTokens })
    const [found = []] = await reader.classify([text], signal)
    expect(found.map(({ entity, start, end }) => ({ entity, start, end }))).toEqual(
      expected.map(({ entity, start, end }) => ({ entity, start, end })),
    )
    for (const [index, { score }] of found.entries()) expect(score).toBeCloseTo(expected[index]?.score ?? Number.NaN, 4)
  }
})

it('asks of a class the score that is given for it', async () => {
  const model = await readNameModel(folder)
  const { signal } = new AbortController()
  const text = Array.from({ length: 200 }, (_, index) => `Person${(index * 7919) % 97}`).join(' ')
  async function classesAt(minScores: Record<string, number>): Promise<Set<string>> {
    const strict = { ...model, settings: { ...model.settings, minScore: 0, minScores } }
    await using reader = await loadNameReader({ model: strict, threads: 1, windowTokens: 1000 })
    const [found = []] = await reader.classify([text], signal)
    return new Set(found.map(({ entity }) => entity))
  }
  expect(await classesAt({})).toEqual(new Set(['PERSON', 'LOCATION']))
  expect(await classesAt({ PERSON: 1 })).toEqual(new Set(['LOCATION']))
})

it('spends nothing on a call that was aborted while it waited, nor on a text that nobody can read in time', async () => {
  await using reader = await loadNameReader({ model: await readNameModel(folder), threads: 1, windowTokens: 64 })
  const aborted = new AbortController()
  // Without a turn between the texts the message that aborts would be read after all of them.
  setImmediate(() => aborted.abort())
  const before = process.cpuUsage().user
  await expect(reader.classify(Array(8).fill('Ada '.repeat(400_000)), aborted.signal)).rejects.toMatchObject({
    code: 'aborted',
  })
  expect((process.cpuUsage().user - before) / 1000).toBeLessThan(100)
  await expect(reader.classify(['Ada '.repeat(600_000)], new AbortController().signal)).rejects.toMatchObject({
    code: 'body-too-large',
    message: expect.stringMatching(/up to 2000000 characters, one here has 2400000/),
  })
})
