import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkNameModel } from '../../../src/cli/checks/name-model.ts'
import { readSettings } from '../../../src/cli/settings.ts'
import { edgePolicySchema } from '../../../src/edge/edge-policy.ts'
import { writeTinyNames } from '../../../src/testing/tiny-names/write-tiny-names.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewise-check-names-'))
beforeAll(() => writeTinyNames({ folder: join(folder, 'tiny') }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function check(privacy: object) {
  const settings = await readSettings({ state: folder })
  const { config } = settings
  const edge = { ...config.edge, policy: edgePolicySchema.parse({ privacy }) }
  return checkNameModel({
    settings: { ...settings, config: { ...config, edge } },
    signal: new AbortController().signal,
  })
}

it('says whether the name model of the policy reads', async () => {
  const protect = { personalData: 'protect' }
  expect(await check({ ...protect, nameModel: join(folder, 'tiny') })).toMatchObject({
    verdict: 'ok',
    what: 'tiny (en) reads',
  })
  expect(await check({ ...protect, nameModel: join(folder, 'none') })).toMatchObject({
    verdict: 'fail',
    what: expect.stringContaining('holds no name model'),
    fix: expect.stringContaining('nameModel'),
  })
  expect(await check({ ...protect, nameModel: false })).toMatchObject({ verdict: 'warn' })
  expect(await check({ personalData: 'keep', nameModel: join(folder, 'none') })).toMatchObject({ verdict: 'ok' })
  expect(await check({ personalData: 'keep', mode: 'observe', nameModel: join(folder, 'none') })).toMatchObject({
    verdict: 'fail',
  })
})
