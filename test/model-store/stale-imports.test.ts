import { spawn } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importModel } from '../../src/model-store/import-model.ts'
import { takePullLock } from '../../src/model-store/pull-lock.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { type Archives, openArchives } from './archive-of-test.ts'

const { signal } = new AbortController()
let archives: Archives
beforeAll(async () => {
  archives = await openArchives()
})
afterAll(() => archives[Symbol.asyncDispose]())

function take(modelsFolder: string) {
  const file = join(archives.root, 'good.tar')
  return importModel({ file, modelsFolder, trusted: 'anyone', clock: systemClock, signal })
}

describe('an import', () => {
  it('deletes what one has left that was killed, at whatever moment', async () => {
    const modelsFolder = join(archives.root, 'killed')
    const main = join(import.meta.dirname, 'killed-import.ts')
    const child = spawn(process.execPath, [main, join(archives.root, 'good.tar'), modelsFolder])
    await new Promise((resolve) => child.once('close', resolve))
    expect(child.signalCode).toBe('SIGKILL')
    const left = await readdir(join(modelsFolder, '.partial'))
    expect(left.toSorted()).toEqual([
      expect.stringMatching(/^import-[0-9a-f-]+$/),
      expect.stringMatching(/^import-[0-9a-f-]+\.lock$/),
    ])
    expect((await readdir(modelsFolder)).filter((name) => !name.startsWith('.'))).toEqual([])
    await take(modelsFolder)
    expect(await readdir(join(modelsFolder, '.partial'))).toEqual([])
  })

  it('leaves alone what another one works on, and what is none', async () => {
    const modelsFolder = join(archives.root, 'busy')
    const partials = join(modelsFolder, '.partial')
    const busy = `import-${crypto.randomUUID()}`
    const others = [busy, 'acme--Tiny@000000000000', 'import-of-mine']
    for (const name of [...others, `import-${crypto.randomUUID()}`]) {
      await mkdir(join(partials, name), { recursive: true })
      await writeFile(join(partials, name, 'part'), 'x')
    }
    await using _ = await takePullLock({ path: join(partials, `${busy}.lock`), clock: systemClock, signal })
    await take(modelsFolder)
    expect((await readdir(partials)).toSorted()).toEqual([...others, `${busy}.lock`].toSorted())
  })
})
