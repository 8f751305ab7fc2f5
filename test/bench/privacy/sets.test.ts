import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readMapping } from '../../../src/bench/privacy/sets/class-mapping.ts'
import { isForValidation } from '../../../src/bench/privacy/sets/presidio-split.ts'
import { readAnnotated } from '../../../src/bench/privacy/sets/read-annotated.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-sets-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function write(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}

it('reads JSON lines, and names the line that is wrong', async () => {
  const line = { text: 'Ana left', spans: [{ start: 0, end: 3, entity: 'PERSON' }] }
  const good = await write('good.jsonl', `${JSON.stringify(line)}\n\n`)
  expect(readAnnotated(good)).toEqual([line])
  const bad = await write('bad.jsonl', `${JSON.stringify(line)}\n{"text": 3}\n`)
  expect(() => readAnnotated(bad)).toThrow(/bad\.jsonl:2/)
})

it('reads the JSON of presidio-research, whose positions count code points', async () => {
  const path = await write(
    'presidio.json',
    JSON.stringify([
      { full_text: '😀 Ana', template_id: 6, spans: [{ entity_type: 'PERSON', start_position: 2, end_position: 5 }] },
    ]),
  )
  expect(readAnnotated(path)).toEqual([
    { text: '😀 Ana', spans: [{ entity: 'PERSON', start: 3, end: 6 }], template: 6 },
  ])
})

it('reads the pairs of a folder in the format of brat, stretches in pieces as one', async () => {
  await mkdir(join(folder, 'set', 'brat'), { recursive: true })
  await write('set/brat/a.txt', 'Ana y\nBea')
  await write('set/brat/a.ann', 'T1\tNOMBRE 0 3\tAna\nT2\tDOS 0 3;6 9\tAna Bea\n#1\tNote T1\tx\n')
  await write('set/brat/b.ann', 'T1\tNOMBRE 0 3\tAna\n')
  expect(readAnnotated(join(folder, 'set'))).toEqual([
    {
      text: 'Ana y\nBea',
      spans: [
        { entity: 'NOMBRE', start: 0, end: 3 },
        { entity: 'DOS', start: 0, end: 9 },
      ],
    },
  ])
})

it('maps foreign classes, those of a file over the built-in ones', async () => {
  const path = await write('mapping.json', '{"FOLK": "PERSON", "FECHAS": null}')
  expect(readMapping(path)).toMatchObject({ FOLK: 'PERSON', FECHAS: null, US_SSN: 'NATIONAL_ID' })
  const wrong = await write('wrong.json', '{"FOLK": "HUMAN"}')
  expect(() => readMapping(wrong)).toThrow(/PERSON, ORGANIZATION/)
})

it('splits by template: every third is for validation, texts without one are not', () => {
  const of = (template?: number) =>
    isForValidation({ text: '', spans: [], ...(template !== undefined && { template }) })
  expect([0, 1, 2, 3, 180].map(of)).toEqual([true, false, false, true, true])
  expect(of()).toBe(false)
})
