import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readConfigFile } from '../../../src/cli/config-file.ts'
import { loadDraftJudge } from '../../../src/edge/presets/draft-judge.ts'
import { parseCalibration } from '../../../src/routers/calibration.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { runEdgewise } from '../run-edgewise.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const models = join(import.meta.dirname, '..', '..', '..', 'models')
const folder = mkdtempSync(join(tmpdir(), 'edgewise-eval-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const data = join(fixtures, 'tasks.jsonl')
const state = join(folder, 'state')
const run = (...words: string[]) => runEdgewise({ arguments: [...words, '--state', state], folder })

describe('edgewise eval', () => {
  it('measures the bundled pair, and keeps what it found for the planner', async () => {
    const [edge, cloud] = ['edgewise-edge', 'edgewise-cloud'].map((name) => join(models, name))
    const { code, stdout, stderr } = await run(
      ...['eval', '--data', data, '--model', edge ?? '', '--model', cloud ?? '', '--limit', '20', '--price', '1,2'],
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^model +task +rows +quality %/)
    expect(stdout).toMatch(/edgewise-edge q8 +intent +12 +100\.0/)
    await using store = await openStore({ path: join(state, 'edge.db') })
    const [newest, oldest, ...more] = await store.evaluations.list()
    expect(more).toEqual([])
    expect(newest).toMatchObject({ model: 'edgewise-cloud', variant: 'q8' })
    expect(oldest?.rows.at(-1)).toMatchObject({ task: 'all', rows: 20, errors: 0 })
    expect(oldest?.rows.at(-1)?.tokensPerSecond).toBeGreaterThan(0)
    expect(oldest?.rows.at(-1)?.usdPerThousand).toBeGreaterThan(0)
  })

  it('scores recorded answers without any model', async () => {
    const { code, stdout } = await run('eval', '--data', data, '--replay', join(fixtures, 'edge.jsonl'), '--json')
    expect(code).toBe(0)
    const [evaluation] = JSON.parse(stdout)
    expect(evaluation.model).toBe('edge.jsonl')
    expect(evaluation.rows.at(-1)).toMatchObject({ task: 'all', rows: 36, quality: expect.closeTo(24 / 36, 9) })
  })

  it('puts the tasks to any OpenAI-compatible server, with the key it is told of', async () => {
    await using upstream = await startMockUpstream()
    const { code, stdout, stderr } = await runEdgewise({
      arguments: [
        ...['eval', '--data', data, '--limit', '3', '--model', `${upstream.baseUrl}#mock`, '--state', state],
        ...['--key-env', 'MODEL_KEY', '--json'],
      ],
      folder,
      environment: { MODEL_KEY: 'a-very-secret-key' },
    })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)[0]).toMatchObject({ model: 'mock', rows: [{ rows: 3, errors: 0 }] })
    expect(upstream.requests[0]?.headers.authorization).toBe('Bearer a-very-secret-key')
  })

  it.each([
    [['--model', 'http://example.com/v1#m'], 'plain http may only go to this machine'],
    [['--model', 'https://example.com/v1'], 'it names no model'],
    [['--replay', 'absent.jsonl'], 'absent.jsonl cannot be read'],
    [['--price', '1'], 'It must look like 0.15,0.60.'],
  ])('says what is wrong with %j', async (words, message) => {
    const { code, stderr } = await run('eval', '--data', data, ...words)
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
  })
})

describe('edgewise calibrate', () => {
  it('fits a cascade to recorded answers, and an edge takes what it writes', async () => {
    const out = join(folder, 'calibration')
    const words = ['--local-replay', join(fixtures, 'edge.jsonl'), '--cloud-replay', join(fixtures, 'cloud.jsonl')]
    const { code, stdout, stderr } = await run(
      ...['calibrate', '--data', data, '--model', join(models, 'edgewise-edge'), ...words],
      ...['--local-share', '60', '--out', out],
    )
    expect(stderr).toBe('fitting to 36 rows\n')
    expect(code).toBe(0)
    for (const line of ['calibrated', 'random', 'prompt length', 'oracle', 'always edge', 'always cloud']) {
      expect(stdout).toMatch(new RegExp(`^${line} +\\d`, 'm'))
    }
    const calibration = parseCalibration(readFileSync(join(out, 'calibration.json'), 'utf8'), 'calibration.json')
    expect(calibration.model?.id).toBe('edgewise-edge')
    expect(calibration.evidence.localShare).toBeCloseTo(0.6, 1)
    expect(readFileSync(join(out, 'curve.svg'), 'utf8')).toMatch(/^<svg [\s\S]*answered locally[\s\S]*<\/svg>$/)
    const policy = join(out, 'policy.yaml')
    expect(parse(readFileSync(policy, 'utf8'))).toMatchObject({ edge: { policy: { mode: 'prefer-edge' } } })
    const { edge } = await readConfigFile(policy)
    expect(await loadDraftJudge({ config: edge, stateFolder: state })).toMatchObject({
      threshold: calibration.threshold,
      topLogprobs: 2,
    })
  })

  it.each([
    [['--data', data], 'The cloud model is missing'],
    [['--cloud-replay', join(fixtures, 'cloud.jsonl')], 'There are no tasks'],
    [['--data', data, '--within', '1', '--local-share', '60'], 'cannot be used with'],
    [
      [
        '--data',
        data,
        '--limit',
        '5',
        '--local-replay',
        join(fixtures, 'edge.jsonl'),
        '--cloud-replay',
        join(fixtures, 'cloud.jsonl'),
      ],
      '5 rows are too few',
    ],
  ])('says what is missing: %j', async (words, message) => {
    const { code, stderr } = await run('calibrate', ...words)
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
  })
})
