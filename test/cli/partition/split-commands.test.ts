import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeTinyDecoder } from '../../../src/testing/tiny-decoder/write-tiny-decoder.ts'
import { runEdgewise } from '../run-edgewise.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-cli-split-'))
  await writeTinyDecoder({ folder: join(folder, 'tiny'), layers: 3, quantisation: 'q4' })
})
afterAll(() => rm(folder, { recursive: true }))

const run = (...words: string[]) => runEdgewise({ arguments: ['model', ...words], folder })

describe('edgewise model layers', () => {
  it('shows what each layer weighs and takes, and where to cut', async () => {
    const { code, stdout } = await run('layers', 'tiny')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^tiny, q4: 3 layers of 64\n.*\n {2}embedding +80\.0 KiB\n {2}layer 0 .* 256 B +\d+\.\d+\n/)
    expect(stdout).toMatch(/\n {2}layer 2 .* --at 2\n {2}head .*\n {2}shared +16\.0 KiB\n$/)
  })

  it('gives the same as JSON, without times when nothing is to be run', async () => {
    const { stdout } = await run('layers', 'tiny', '--json', '--no-measure')
    const told = JSON.parse(stdout)
    expect(told).toMatchObject({ model: 'tiny', variant: 'q4', embeddingBytes: 320 * 64 * 4 })
    expect(told.layers).toHaveLength(3)
    expect(told.layers[1]).toEqual({ layer: 1, weightBytes: told.layers[0].weightBytes, kvBytesPerToken: 256 })
  })
})

describe('edgewise model split and verify', () => {
  it('splits a model into two folders that give the same bits', async () => {
    const split = await run('split', 'tiny', '--at', '1', '--u-shape', '--out', 'parts', '--json')
    expect(split.code).toBe(0)
    expect(JSON.parse(split.stdout)).toMatchObject({
      at: 1,
      shape: 'u-shape',
      edge: { parts: [{ layers: { start: 0, end: 1 } }, { head: 'head.onnx' }] },
    })
    expect(split.stderr).toContain('(100 %)')
    const verified = await run('verify', 'parts')
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/files as they were written\nthe same bits: /),
    })
    const told = JSON.parse((await run('verify', 'parts', '--json', '--whole', 'tiny')).stdout)
    expect(told.checks[0].comparison).toMatchObject({ rung: 'bit-exact', maxAbsDifference: 0, greedyAgreement: 1 })
  })

  it('ends with 1 when the parts are those of another model', async () => {
    await writeTinyDecoder({ folder: join(folder, 'other'), layers: 3, quantisation: 'q4', seed: 2 })
    await run('split', 'other', '--at', '2', '--out', 'others')
    const { code, stdout } = await run('verify', 'others', '--whole', 'tiny')
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringMatching(/different: max abs difference/) })
  })

  it('ends with 1 when a file was touched', async () => {
    await run('split', 'tiny', '--at', '2', '--out', 'touched')
    await writeFile(join(folder, 'touched/cloud/head.onnx'), 'no graph')
    const { code, stderr } = await run('verify', 'touched')
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/head\.onnx has 8 bytes instead of/),
    })
  })

  it('checks every cut of a model in memory', async () => {
    const { code, stdout } = await run('verify', 'tiny', '--cuts')
    expect(code).toBe(0)
    expect(stdout.match(/^cut at [12], (two-way|u-shape): the same bits/gm)).toHaveLength(4)
  })

  it('refuses a cut that there is not, and a number that is none', async () => {
    expect(await run('split', 'tiny', '--at', '3', '--out', 'never')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it can be cut at 1 to 2, not at 3'),
    })
    expect(await run('split', 'tiny', '--at', 'two', '--out', 'never')).toMatchObject({
      stderr: expect.stringContaining('no whole number'),
    })
  })
})
