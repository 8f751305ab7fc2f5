import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NameModel, startNameModel } from '../../../src/engines/names/name-host.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { writeTinyNames } from '../../../src/testing/tiny-names/write-tiny-names.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-names-'))
const folder = join(root, 'tiny')
const { signal } = new AbortController()
const sentence = 'Dear Ada Lovelace, 王小明 sends his best wishes from London.'
const long = Array<string>(4).fill(`${sentence}\n`.repeat(15_000))

beforeAll(() => writeTinyNames({ folder }))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('a name model on this machine', () => {
  let model: NameModel
  beforeAll(async () => {
    model = await startNameModel({ folder, clock: systemClock })
  })
  afterAll(() => model[Symbol.asyncDispose]())

  it('names the same in a text whatever stands beside it', async () => {
    const texts = [sentence, 'London', '', '42', 'Ada Lovelace']
    const together = await model.classify(texts, signal)
    const alone = await Promise.all(texts.map(async (text) => (await model.classify([text], signal))[0]))
    expect(together).toEqual(alone)
    expect(together[0]?.length).toBeGreaterThan(0)
    expect(together[2]).toEqual([])
  })

  it('gives stretches that lie in the text, in order, as sure as its settings want', async () => {
    const [found = []] = await model.classify([sentence.repeat(20)], signal)
    for (const [index, { entity, start, end, score }] of found.entries()) {
      expect(['PERSON', 'LOCATION']).toContain(entity)
      expect(start).toBeGreaterThanOrEqual(found[index - 1]?.end ?? 0)
      expect(end).toBeGreaterThan(start)
      expect(end).toBeLessThanOrEqual(sentence.length * 20)
      expect(score).toBeGreaterThanOrEqual(0.5)
    }
    expect(found.length).toBeGreaterThan(20)
  })

  it('takes texts of any characters', async () => {
    const strange = ['\ud800 Ada \udfff', '😀Ada😀', 'e\u0301'.repeat(50), '\u0000Ada\u0000', '\n\n\n', 'ﬁ Ⅷ ½']
    expect(await model.classify(strange, signal)).toHaveLength(strange.length)
  })

  it('stops when it is no longer wanted, and answers the next one', async () => {
    const leaving = new AbortController()
    const asked = model.classify(long, leaving.signal)
    leaving.abort()
    await expect(asked).rejects.toMatchObject({ code: 'aborted' })
    await expect(model.classify(['Ada'], leaving.signal)).rejects.toMatchObject({ code: 'aborted' })
    expect(await model.classify(['Ada'], signal)).toHaveLength(1)
  })

  it('rejects what it was asked when its process is killed, and comes back', async () => {
    const { pid } = model
    if (pid === undefined) throw new Error('the model has no process')
    const asked = model.classify(long, signal)
    process.kill(pid, 'SIGKILL')
    const thrown = await asked.catch((error: Error) => error)
    expect(thrown).toMatchObject({ code: 'engine-crashed' })
    expect(String(thrown)).not.toContain('Ada')
    await expect(model.classify(['Ada'], signal)).rejects.toMatchObject({ code: 'engine-unavailable' })
    await expect.poll(() => model.unavailable(), { timeout: 10_000 }).toBeUndefined()
    expect(await model.classify(['Ada'], signal)).toHaveLength(1)
  })
})

it('gives up a process that hangs, and starts another', async () => {
  const clock = createFakeClock()
  await using model = await startNameModel({ folder, clock })
  const { pid } = model
  if (pid === undefined) throw new Error('the model has no process')
  process.kill(pid, 'SIGSTOP')
  const asked = model.classify(['Ada'], signal)
  asked.catch(() => undefined)
  await clock.advance(4000)
  expect(model.unavailable()).toBeUndefined()
  await clock.advance(6000)
  await expect(asked).rejects.toMatchObject({ code: 'engine-crashed' })
  await expect.poll(() => model.unavailable(), { timeout: 10_000 }).toBeUndefined()
  expect(model.pid).not.toBe(pid)
  expect(await model.classify(['Ada'], signal)).toHaveLength(1)
})

it('rejects at once when whoever waits goes, though the process hangs', async () => {
  await using model = await startNameModel({ folder, clock: createFakeClock() })
  const { pid } = model
  if (pid === undefined) throw new Error('the model has no process')
  process.kill(pid, 'SIGSTOP')
  const leaving = new AbortController()
  const asked = model.classify(['Ada'], leaving.signal)
  leaving.abort()
  await expect(asked).rejects.toMatchObject({ code: 'aborted' })
  process.kill(pid, 'SIGCONT')
})

it('runs in a process without environment that reads nothing but the model and the code', async () => {
  await using model = await startNameModel({ folder, clock: systemClock })
  expect(readFileSync(`/proc/${model.pid}/environ`, 'utf8')).not.toMatch(/PATH=|HOME=/)
  const line = readFileSync(`/proc/${model.pid}/cmdline`, 'utf8').split('\0')
  expect(line).toContain('--permission')
  expect(line.filter((flag) => flag.includes(root))).toEqual([`--allow-fs-read=${folder}`])
})

describe('the folder of a name model', () => {
  it.each([
    ['names.json', '{', /is no JSON/],
    ['names.json', '{"version": 2}', /version/],
    ['names.json', '{"version":1,"tags":["B-PERSON","L-PERSON"]}', /tags: O is missing/],
    ['model.onnx', 'no graph', /onnxruntime refuses/],
  ])('is refused when %s is damaged: %s', async (name, content, said) => {
    const broken = join(root, 'broken')
    cpSync(folder, broken, { recursive: true })
    writeFileSync(join(broken, name), content)
    const starting = startNameModel({ folder: broken, clock: systemClock })
    await expect(starting).rejects.toMatchObject({ code: 'model-invalid' })
    await expect(starting).rejects.toThrow(said)
  })

  it('is refused when its graph gives another number of tags than its settings name', async () => {
    const broken = join(root, 'tags')
    cpSync(folder, broken, { recursive: true })
    const settings = JSON.parse(readFileSync(join(folder, 'names.json'), 'utf8'))
    writeFileSync(join(broken, 'names.json'), JSON.stringify({ ...settings, tags: ['O', 'U-PERSON'] }))
    await expect(startNameModel({ folder: broken, clock: systemClock })).rejects.toThrow(/logits of 2 tags/)
  })

  it('is refused when it is not there, with what is missing', async () => {
    const starting = startNameModel({ folder: join(root, 'none'), clock: systemClock })
    await expect(starting).rejects.toMatchObject({ code: 'model-not-found' })
    await expect(starting).rejects.toThrow(/names\.json is missing/)
  })
})
