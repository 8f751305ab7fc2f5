import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openPrivacySecrets } from '../../../src/edge/presets/privacy-key.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-privacy-key-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('the secrets of the guard', () => {
  it('come from a file that only its owner can read, and are the same after a restart', async () => {
    const stateFolder = join(root, 'a')
    const first = await openPrivacySecrets({ stateFolder })
    expect(await openPrivacySecrets({ stateFolder })).toEqual(first)
    expect(first.naming).toHaveLength(32)
    expect(first.naming).not.toEqual(first.sealing)
    expect(readdirSync(stateFolder)).toEqual(['privacy-key'])
    expect(statSync(join(stateFolder, 'privacy-key')).mode & 0o777).toBe(0o600)
    expect(await openPrivacySecrets({ stateFolder: join(root, 'b') })).not.toEqual(first)
  })

  it('are not made of a file that holds no key', async () => {
    const stateFolder = join(root, 'a')
    writeFileSync(join(stateFolder, 'privacy-key'), 'short')
    await expect(openPrivacySecrets({ stateFolder })).rejects.toMatchObject({ code: 'store-failed' })
  })
})
