import { describe, expect, it } from 'vitest'
import { chooseRepositoryVariant, offerVariants } from '../../src/model-store/choose-repository-variant.ts'
import type { RepositoryFile } from '../../src/model-store/list-repository.ts'
import { repositoryVariants } from '../../src/model-store/repository-variants.ts'

const GiB = 2 ** 30
const room = { memoryBytes: 16 * GiB, diskBytes: 100 * GiB }

function files(sizes: Readonly<Record<string, number>>): RepositoryFile[] {
  const expected = { algorithm: 'sha256', value: '' } as const
  return Object.entries(sizes).map(([path, bytes]) => ({ path, bytes, expected }))
}

/** As onnx-community publishes its exports. */
const community = files({
  '.gitattributes': 1,
  'README.md': 1,
  LICENSE: 1,
  'config.json': 1,
  'generation_config.json': 1,
  'tokenizer.json': 1,
  'tokenizer_config.json': 1,
  'special_tokens_map.json': 1,
  'chat_template.jinja': 1,
  'model.safetensors': 5 * GiB,
  'onnx/model.onnx': 1000,
  'onnx/model.onnx_data': 2 * GiB,
  'onnx/model.onnx_data_1': GiB,
  'onnx/model_fp16.onnx': GiB,
  'onnx/model_q4.onnx': GiB,
  'onnx/model_q4f16.onnx': GiB,
  'onnx/model_quantized.onnx': GiB,
  'onnx/decoder_model_merged.onnx': GiB,
})

/** As Microsoft publishes those of onnxruntime-genai. */
const genai = files({
  'config.json': 1,
  'cpu_and_mobile/cpu-int4-rtn-block-32/genai_config.json': 1,
  'cpu_and_mobile/cpu-int4-rtn-block-32/model.onnx': 10,
  'cpu_and_mobile/cpu-int4-rtn-block-32/model.onnx.data': GiB,
  'cpu_and_mobile/cpu-int4-rtn-block-32/tokenizer.json': 1,
  'cuda/cuda-fp16/genai_config.json': 1,
  'cuda/cuda-fp16/model.onnx': 10,
})

const gguf = files({
  'qwen2.5-0.5b-instruct-q4_k_m.gguf': GiB,
  'qwen2.5-0.5b-instruct-q8_0.gguf': 2 * GiB,
  'Big-IQ2_XS-00002-of-00002.gguf': GiB,
  'Big-IQ2_XS-00001-of-00002.gguf': GiB,
  'sub/odd.gguf': 1,
  LICENSE: 1,
})

describe('the variants of a repository', () => {
  it('are found by the names of the graphs, best for a CPU first', () => {
    expect(repositoryVariants(community).map(({ name }) => name)).toEqual(['q4', 'q4f16', 'quantized', 'fp32', 'fp16'])
  })

  it('come with their external data and the small files, and nothing else', () => {
    const fp32 = repositoryVariants(community).find(({ name }) => name === 'fp32')
    expect(fp32?.weightBytes).toBe(3 * GiB + 1000)
    expect(fp32?.files.map(({ target }) => target)).toEqual([
      'onnx/model.onnx',
      'onnx/model.onnx_data',
      'onnx/model.onnx_data_1',
      'LICENSE',
      'config.json',
      'generation_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'special_tokens_map.json',
      'chat_template.jinja',
    ])
  })

  it('are folders in an export of onnxruntime-genai, which become model folders', () => {
    const [cpu, cuda] = repositoryVariants(genai)
    expect(cpu).toMatchObject({ name: 'cpu-int4-rtn-block-32', weightBytes: GiB + 10 })
    expect(cpu?.files.map(({ target }) => target)).toEqual([
      'genai_config.json',
      'model.onnx',
      'model.onnx.data',
      'tokenizer.json',
    ])
    expect(cuda?.name).toBe('cuda-fp16')
  })

  it('are the quantisations of GGUF files, split ones together', () => {
    const found = repositoryVariants(gguf)
    expect(found.map(({ name, kind }) => [name, kind])).toEqual([
      ['q4_k_m', 'gguf'],
      ['q8_0', 'gguf'],
      ['IQ2_XS', 'gguf'],
      ['odd', 'gguf'],
    ])
    expect(found[2]?.files.map(({ target }) => target)).toEqual([
      'Big-IQ2_XS-00001-of-00002.gguf',
      'Big-IQ2_XS-00002-of-00002.gguf',
      'LICENSE',
    ])
  })
})

describe('the choice of a variant', () => {
  const choose = (list: RepositoryFile[], wanted?: string, device = room) =>
    chooseRepositoryVariant(offerVariants(repositoryVariants(list), device), { id: 'acme/Tiny', wanted })

  it('is the best one that fits', () => {
    expect(choose(community).name).toBe('q4')
    expect(
      choose(files({ 'onnx/model_q4.onnx': 8 * GiB, 'onnx/model_fp16.onnx': GiB }), undefined, {
        ...room,
        memoryBytes: 4 * GiB,
      }).name,
    ).toBe('fp16')
  })

  it('is the one that is named, whether it fits or not, in any case', () => {
    const chosen = choose(community, 'FP32', { ...room, memoryBytes: GiB })
    expect(chosen).toMatchObject({
      name: 'fp32',
      fits: false,
      because: 'needs about 4.0 GiB of memory, 1.0 GiB are free',
    })
    expect(choose(gguf, 'Q4_K_M').name).toBe('q4_k_m')
  })

  it.each([
    [
      'nothing fits',
      community,
      undefined,
      { ...room, memoryBytes: GiB },
      /no ONNX variant fits this machine.*hf:acme\/Tiny:VARIANT\.\n {2}q4 /s,
    ],
    [
      'the disk is too small',
      community,
      undefined,
      { ...room, diskBytes: 1000 },
      /needs 1\.0 GiB of disk, 1000 B are free/,
    ],
    ['there are only GGUF files', gguf, undefined, room, /it has only GGUF files.*q4_k_m/s],
    ['the name is unknown', community, 'q5', room, /has no variant q5\. It has:\n {2}q4 /],
    [
      'there is no model at all',
      files({ 'model.safetensors': 1 }),
      undefined,
      room,
      /neither ONNX graphs .* nor \.gguf/,
    ],
  ])('fails with the list when %s', (_, list, wanted, device, message) => {
    expect(() => choose(list, wanted, device)).toThrow(
      expect.objectContaining({ code: 'model-not-found', message: expect.stringMatching(message) }),
    )
  })
})
