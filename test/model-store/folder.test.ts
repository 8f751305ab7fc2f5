import { cp, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { listModels, readModelFolder } from '../../src/model-store/folder.ts'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'

const root = await mkdtemp(join(tmpdir(), 'edgewise-folder-'))
afterAll(() => rm(root, { recursive: true }))

const whole = join(root, 'whole')
for (const quantisation of ['fp32', 'fp16', 'q4', 'q8', 'q4f16'] as const)
  await writeTinyDecoder({ folder: whole, quantisation })

/** A copy of the whole folder to damage. */
async function copy(name: string): Promise<string> {
  await cp(whole, join(root, name), { recursive: true })
  return join(root, name)
}

function invalid(what: RegExp) {
  return expect.objectContaining({ code: 'model-invalid', message: expect.stringMatching(what) })
}

describe('reading a model folder', () => {
  it('finds what the writer of the folder says', async () => {
    const folder = join(root, 'written')
    const {
      variants: [variant],
      ...written
    } = await writeTinyDecoder({ folder, weights: 'external' })
    const { variants, ...manifest } = await readModelFolder({ folder })
    expect(manifest).toEqual(written)
    expect(variants).toMatchObject([{ name: 'fp32', path: variant?.path, bytes: variant?.bytes }])
  })

  it('takes the fastest quantisation for a CPU first, and says why', async () => {
    const { variants } = await readModelFolder({ folder: whole })
    expect(variants.map(({ name }) => name)).toEqual(['q4', 'q8', 'q4f16', 'fp32', 'fp16'])
    expect(variants[0]?.note).toMatch(/^chosen: 4-bit weights/)
    expect(variants[4]?.note).toMatch(/^not chosen: .*slower than f32/)
  })

  it('takes the variant asked for by name', async () => {
    const { variants } = await readModelFolder({ folder: whole, variant: 'fp16' })
    expect(variants[0]).toMatchObject({
      name: 'fp16',
      path: join('onnx', 'model_fp16.onnx'),
      note: expect.stringMatching(/^chosen by name/),
    })
    expect(variants).toHaveLength(5)
    await expect(readModelFolder({ folder: whole, variant: 'q3' })).rejects.toEqual(
      invalid(/no variant q3; there is q4, q8, q4f16, fp32, fp16/),
    )
  })

  it('names a graph without a suffix after what it holds', async () => {
    const folder = await copy('bare')
    await rename(join(folder, 'onnx/model_q8.onnx'), join(folder, 'model.onnx'))
    await rm(join(folder, 'onnx'), { recursive: true })
    expect((await readModelFolder({ folder })).variants).toMatchObject([{ name: 'q8', path: 'model.onnx' }])
  })

  it('reads the layout of onnxruntime-genai', async () => {
    const folder = await copy('genai')
    await rename(join(folder, 'onnx/model_q4.onnx'), join(folder, 'decoder.onnx'))
    await rm(join(folder, 'onnx'), { recursive: true })
    await rm(join(folder, 'config.json'))
    const decoder = {
      filename: 'decoder.onnx',
      head_size: 16,
      hidden_size: 64,
      num_hidden_layers: 2,
      num_key_value_heads: 2,
    }
    const model = { type: 'llama', vocab_size: 320, context_length: 128, eos_token_id: [5, 0], decoder }
    await writeFile(join(folder, 'genai_config.json'), JSON.stringify({ model }))
    await rm(join(folder, 'generation_config.json'))
    expect(await readModelFolder({ folder })).toMatchObject({
      contextTokens: 128,
      eosTokenIds: [5, 0],
      headDim: 16,
      variants: [{ name: 'q4', path: 'decoder.onnx' }],
    })
  })

  it('takes the end tokens of generation_config.json before those of config.json', async () => {
    const folder = await copy('generation')
    await writeFile(join(folder, 'generation_config.json'), '{"eos_token_id": [7, 8]}')
    expect((await readModelFolder({ folder })).eosTokenIds).toEqual([7, 8])
  })

  it('passes over a damaged graph when another is sound, and says what is wrong with it', async () => {
    const folder = await copy('one-damaged')
    await truncate(join(folder, 'onnx/model_q4.onnx'), 5000)
    const { variants } = await readModelFolder({ folder })
    expect(variants[0]?.name).toBe('q8')
    expect(variants.at(-1)).toMatchObject({
      name: 'q4',
      note: expect.stringMatching(/^not chosen: model_q4.onnx, byte/),
    })
    await expect(readModelFolder({ folder, variant: 'q4' })).rejects.toEqual(invalid(/model_q4.onnx/))
  })
})

describe('reading a broken model folder', () => {
  it.each<[string, (folder: string) => Promise<void>, RegExp]>([
    ['without configuration', (folder) => rm(join(folder, 'config.json')), /neither config.json nor genai_config.json/],
    ['without tokenizer', (folder) => rm(join(folder, 'tokenizer.json')), /no tokenizer.json: copy it/],
    [
      'without tokenizer configuration',
      (folder) => rm(join(folder, 'tokenizer_config.json')),
      /no tokenizer_config.json/,
    ],
    [
      'without a graph',
      (folder) => rm(join(folder, 'onnx'), { recursive: true }),
      /no graph: neither model.onnx nor onnx.model\*.onnx/,
    ],
    ['with JSON cut short', (folder) => truncate(join(folder, 'config.json'), 20), /config.json is no JSON/],
    [
      'with a tokenizer of another kind',
      (folder) => writeFile(join(folder, 'tokenizer.json'), '[]'),
      /tokenizer.json is not as expected/,
    ],
    [
      'with a negative layer count',
      (folder) => change(folder, { num_hidden_layers: -2 }),
      /config.json is not as expected:.*num_hidden_layers/s,
    ],
    ['with a text for a number', (folder) => change(folder, { vocab_size: 'many' }), /vocab_size/],
    ['with an end token that is no number', (folder) => change(folder, { eos_token_id: ['</s>'] }), /eos_token_id/],
  ])('refuses a folder %s', async (name, damage, what) => {
    const folder = await copy(name)
    await damage(folder)
    await expect(readModelFolder({ folder })).rejects.toEqual(invalid(what))
  })

  it('refuses a folder that is not there', async () => {
    await expect(readModelFolder({ folder: join(root, 'nowhere') })).rejects.toEqual(invalid(/nowhere has neither/))
  })

  it('reports a broken model among others instead of throwing', async () => {
    const broken = await copy('listed-broken')
    await rm(join(broken, 'tokenizer.json'))
    const listed = await listModels([whole, broken])
    expect(listed).toEqual([
      { folder: whole, manifest: expect.objectContaining({ id: 'whole' }) },
      { folder: broken, problem: invalid(/tokenizer.json/) },
    ])
  })
})

async function change(folder: string, fields: object): Promise<void> {
  const path = join(folder, 'config.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...fields }))
}
