import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openApiKey } from '../../src/store/api-key.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewise-key-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('an API key', () => {
  it('is made once, hard to guess and readable by its owner alone', async () => {
    const path = join(folder, 'deep', 'key')
    const key = await openApiKey({ path })
    expect(key).toMatch(/^ew-[\w-]{43}$/)
    expect(await openApiKey({ path })).toBe(key)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await openApiKey({ path: join(folder, 'other') })).not.toBe(key)
  })

  it('may be put there by a person, if it is long enough', async () => {
    const path = join(folder, 'mine')
    writeFileSync(path, '  my-own-secret-key-1234 \n')
    expect(await openApiKey({ path })).toBe('my-own-secret-key-1234')
    for (const text of ['', 'short', 'two words of a key, long enough']) {
      writeFileSync(path, text)
      const opening = openApiKey({ path })
      await expect(opening).rejects.toMatchObject({ code: 'store-failed', message: expect.stringContaining(path) })
      if (text !== '') await expect(opening).rejects.not.toThrow(text)
    }
  })
})
