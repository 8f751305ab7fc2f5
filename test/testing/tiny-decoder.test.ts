import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { afterAll, expect, it } from 'vitest'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'

const root = await mkdtemp(join(tmpdir(), 'edgewise-tiny-'))
afterAll(() => rm(root, { recursive: true }))

async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const pairs = files.map(async (path) => [path.slice(folder.length), (await readFile(path)).toString('base64')])
  return Object.fromEntries(await Promise.all(pairs))
}

it('writes the same bytes for the same options, and others for another seed', async () => {
  const [once, again, other] = ['once', 'again', 'other'].map((name) => join(root, name)) as [string, string, string]
  for (const folder of [once, again]) await writeTinyDecoder({ folder, quantisation: 'q4', weights: 'external' })
  await writeTinyDecoder({ folder: other, quantisation: 'q4', weights: 'external', seed: 2 })
  const [first, second, third] = [await contents(once), await contents(again), await contents(other)]
  expect(Object.keys(first).length).toBe(6)
  expect(second).toEqual(first)
  expect(third['/onnx/model_q4.onnx_data']).not.toBe(first['/onnx/model_q4.onnx_data'])
  expect(third['/tokenizer.json']).toBe(first['/tokenizer.json'])
})

it.each([262, 320, 2000])('has a tokenizer of %i tokens that gives any text back', async (vocabulary) => {
  const folder = join(root, `tokenizer-${vocabulary}`)
  await writeTinyDecoder({ folder, vocabulary, layers: 1 })
  const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'))
  const tokenizer = new Tokenizer(await read('tokenizer.json'), await read('tokenizer_config.json'))
  const text = '<|user|>The thin reader, ä 你好 🚲\n\t<|end|>'
  const { ids } = tokenizer.encode(text)
  expect(ids.at(0)).toBe(3)
  expect(ids.at(-1)).toBe(5)
  expect(Math.max(...ids)).toBeLessThan(vocabulary)
  expect(tokenizer.decode(ids, { skip_special_tokens: false })).toBe(text)
  if (vocabulary > 262) expect(ids.length).toBeLessThan(new TextEncoder().encode(text).length)
})

it.each([
  [{ heads: 3 }, /21\.\d+ values/],
  [{ kvHeads: 3 }, /4 heads cannot share 3/],
  [{ vocabulary: 100 }, /at least 262/],
  [{ intermediateSize: 100 }, /multiples of 32/],
  [{ layers: 0 }, /needs a layer/],
])('refuses the shape %j', async (shape, what) => {
  await expect(writeTinyDecoder({ folder: join(root, 'refused'), ...shape })).rejects.toThrow(what)
})
