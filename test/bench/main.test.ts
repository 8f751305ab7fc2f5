import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = join(import.meta.dirname, '..', '..', 'src', 'bench', 'main.ts')
const run = promisify(execFile)

it('lists every benchmark', async () => {
  const { stdout } = await run(process.execPath, [main, 'list'])
  expect(stdout).toMatch(/^ {2}gateway .+$/m)
  expect(stdout).toMatch(/^ {2}engine .+$/m)
})

it('ends with 2 and the list when there is no such benchmark', async () => {
  await expect(run(process.execPath, [main, 'nothing'])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no benchmark nothing'),
  })
})
