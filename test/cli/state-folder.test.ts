import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeStateFolder, stateFolderPath } from '../../src/cli/state-folder.ts'

const home = '/home/ada'

it('prefers what is asked for over the environment over the XDG folder over the home folder', () => {
  const environment = { EDGEWISE_STATE: '/b', XDG_STATE_HOME: '/c' }
  expect(stateFolderPath({ asked: '/a', environment, home })).toBe('/a')
  expect(stateFolderPath({ environment, home })).toBe('/b')
  expect(stateFolderPath({ environment: { XDG_STATE_HOME: '/c' }, home })).toBe('/c/edgewise')
  expect(stateFolderPath({ environment: {}, home })).toBe('/home/ada/.local/state/edgewise')
})

it('ignores an XDG folder that is not absolute, as the specification asks', () => {
  expect(stateFolderPath({ environment: { XDG_STATE_HOME: 'c', EDGEWISE_STATE: '' }, home })).toBe(
    '/home/ada/.local/state/edgewise',
  )
})

it('makes a folder for its owner alone, and says what to do when it cannot', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edgewise-state-'))
  await makeStateFolder(join(folder, 'a', 'b'))
  expect((await stat(join(folder, 'a', 'b'))).mode & 0o777).toBe(0o700)
  await writeFile(join(folder, 'file'), '')
  await expect(makeStateFolder(join(folder, 'file', 'x'))).rejects.toThrow(/--state FOLDER or EDGEWISE_STATE/)
  await rm(folder, { recursive: true })
})
