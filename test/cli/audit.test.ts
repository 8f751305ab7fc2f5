import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPaint } from '../../src/cli/demo/paint.ts'
import { tellAudit } from '../../src/cli/tell-audit.ts'
import { createDetector } from '../../src/privacy/detector.ts'
import { writeTinyNames } from '../../src/testing/tiny-names/write-tiny-names.ts'
import { runEdgewise } from './run-edgewise.ts'

const prompt = 'Report of\nDr. Ana García, ana@x.org, MRN 0048291\n'
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-audit-'))
  await writeFile(join(folder, 'prompt.txt'), prompt)
})
afterAll(() => rm(folder, { recursive: true }))

const run = (...words: string[]) =>
  runEdgewise({ arguments: ['audit', 'privacy', '--names', 'none', ...words], folder })

it('lists what is personal in a file with its place, and shows the text without it', async () => {
  const { code, stdout, stderr } = await run('prompt.txt')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/PERSON 1\n {2}2:5 +Ana García 0\.80 person/)
  expect(stdout).toMatch(/EMAIL_ADDRESS 1\n {2}2:17 +ana@x\.org/)
  expect(stdout).toContain('Report of\nDr. [PERSON], [EMAIL_ADDRESS], MRN [MEDICAL_RECORD]\n')
})

it('reads standard input for -', async () => {
  const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
  const child = spawn(process.execPath, [main, 'audit', 'privacy', '--names', 'none', '-'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end('nothing to see')
  expect(await text(child.stdout)).toBe('Nothing personal was found.\n\nnothing to see\n')
})

it('prints findings without the text as JSON', async () => {
  const { stdout } = await run('prompt.txt', '--json', '--least-score', '0.9')
  expect(JSON.parse(stdout)).toEqual([
    { entity: 'EMAIL_ADDRESS', start: 26, end: 35, score: 0.95, recognizer: 'email' },
  ])
  expect(stdout).not.toContain('ana@x.org')
})

it('shows what a name model names, too', async () => {
  const names = join(folder, 'names')
  await writeTinyNames({ folder: names, minScore: 0 })
  const words = ['audit', 'privacy', '--names', names, 'prompt.txt', '--json']
  const { code, stdout } = await runEdgewise({ arguments: words, folder })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ recognizer: 'name-model' }))
  const missing = await runEdgewise({ arguments: ['audit', 'privacy', '--names', 'missing', 'prompt.txt'], folder })
  expect(missing).toMatchObject({ stdout: '', stderr: expect.stringContaining('holds no name model') })
  expect(missing.code).not.toBe(0)
})

it('ends with 2 for a file that is not there and for a wrong score', async () => {
  expect(await run('none.txt')).toMatchObject({ code: 2, stderr: expect.stringContaining('none.txt cannot be read') })
  expect(await run('prompt.txt', '--least-score', '2')).toMatchObject({ code: 2, stdout: '' })
})

it('colours findings and labels, and changes nothing else', () => {
  const findings = createDetector().detect(prompt)
  const colored = tellAudit({ text: prompt, findings, paint: createPaint({ isColored: true }) })
  const style = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')
  expect(colored).toMatch(style)
  expect(colored.replaceAll(style, '')).toBe(
    tellAudit({ text: prompt, findings, paint: createPaint({ isColored: false }) }),
  )
})
