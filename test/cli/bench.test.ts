import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runEdgewise } from './run-edgewise.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewise-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const text = 'Write to ada@example.org, PUMP seven'
const bench = (...words: string[]) =>
  runEdgewise({ arguments: ['bench', 'privacy', '--names', 'none', ...words], folder })

writeFileSync(
  join(folder, 'set.jsonl'),
  `${JSON.stringify({ text, spans: [{ start: 9, end: 24, entity: 'MAIL' }] })}\n`,
)
writeFileSync(join(folder, 'classes.json'), '{"MAIL": "EMAIL_ADDRESS"}')
mkdirSync(join(folder, 'brat'))
writeFileSync(join(folder, 'brat', 'a.txt'), text)
writeFileSync(join(folder, 'brat', 'a.ann'), 'T1\tEMAIL_ADDRESS 9 24\tada@example.org\n')
writeFileSync(
  join(folder, 'presidio.json'),
  JSON.stringify([{ full_text: text, spans: [{ entity_type: 'EMAIL_ADDRESS', start_position: 9, end_position: 24 }] }]),
)

describe('edgewise bench privacy', () => {
  it.each(['brat', 'presidio.json'])('scores %s', async (data) => {
    const { code, stdout } = await bench('--data', data)
    expect(code).toBe(0)
    expect(stdout).toMatch(/strict, class-aware: F2 +1\.00/)
    expect(stdout).toMatch(/EMAIL_ADDRESS, overlap: recall \(1 marked\) +1\.00/)
    expect(stdout).not.toContain('ada@')
  })

  it('scores lines of JSON with classes of their own, and writes the figures', async () => {
    const json = join(folder, 'figures.json')
    expect((await bench('--data', 'set.jsonl')).stderr).toMatch(/for want of a mapping: MAIL/)
    await bench('--data', 'set.jsonl', '--mapping', 'classes.json', '--json', json)
    const { bench: name, figures } = JSON.parse(readFileSync(json, 'utf8'))
    expect(name).toBe('privacy')
    expect(figures).toContainEqual(
      expect.objectContaining({ name: 'set.jsonl, strict, class-aware: F1', value: 1, goal: null }),
    )
  })

  it('says what it wants when it is given nothing, or what cannot be read', async () => {
    expect(await bench()).toMatchObject({ code: 2, stderr: expect.stringContaining('--data') })
    const wrong = await bench('--data', 'classes.json')
    expect(wrong.code).not.toBe(0)
    expect(wrong.stderr).toMatch(/classes\.json:1 is not/)
    expect((await bench('--data', 'missing.jsonl')).stderr).toMatch(/missing\.jsonl/)
  })
  it.each([
    '--data missing.jsonl',
    '--data set.jsonl --mapping missing.json',
    '--data nothing.jsonl',
    '--data unmarked.jsonl',
    '--data empty',
    '--data outside.jsonl',
    '--data outside',
    '--data outside.json',
  ])('refuses %s with the name of the file, never with figures', async (line) => {
    const words = line.split(' ')
    mkdirSync(join(folder, 'empty'), { recursive: true })
    mkdirSync(join(folder, 'outside'), { recursive: true })
    writeFileSync(join(folder, 'nothing.jsonl'), '\n')
    writeFileSync(join(folder, 'unmarked.jsonl'), JSON.stringify({ text, spans: [] }))
    writeFileSync(
      join(folder, 'outside.jsonl'),
      `\n${JSON.stringify({ text, spans: [{ start: 9, end: 240, entity: 'MAIL' }] })}`,
    )
    writeFileSync(join(folder, 'outside', 'a.txt'), text)
    writeFileSync(join(folder, 'outside', 'a.ann'), '#1\tNote\nT1\tEMAIL_ADDRESS 9 240\tada@example.org\n')
    const span = { entity_type: 'EMAIL_ADDRESS', start_position: 9, end_position: 240 }
    writeFileSync(join(folder, 'outside.json'), JSON.stringify([{ full_text: text, spans: [span] }]))
    const { code, stdout, stderr } = await bench(...words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    const place = { 'outside.jsonl': 'outside.jsonl:2', outside: 'a.ann:2', 'outside.json': 'outside.json, text 1' }
    const named = words.at(-1) as string
    expect(stderr).toContain(place[named as keyof typeof place] ?? named)
    expect(stderr).not.toContain('fault of Edgewise')
  })
})
