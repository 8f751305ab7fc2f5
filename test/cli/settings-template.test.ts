import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../../src/cli/config-file.ts'
import { configJsonSchema, type JsonSchema } from '../../src/cli/config-schema.ts'
import { settingsTemplate } from '../../src/cli/settings-template.ts'

const schema = configJsonSchema()
const template = settingsTemplate({ schema, schemaLocation: './edgewise.schema.json' })

it('changes nothing as long as nobody edits it', () => {
  expect(parseConfig({ text: template, file: 'x' })).toEqual(parseConfig({ text: '', file: 'x' }))
})

it('points editors to the JSON Schema', () => {
  expect(template.split('\n')[0]).toBe('# yaml-language-server: $schema=./edgewise.schema.json')
})

it('names every key with its description', () => {
  const visit = ({ properties = {}, items }: JsonSchema): void => {
    for (const [name, inner] of Object.entries(properties)) {
      expect(template).toMatch(new RegExp(`^[ #-]*${name}:`, 'm'))
      if (inner.description !== undefined) expect(template).toContain(`# ${inner.description}`)
      visit(inner)
    }
    if (items !== undefined) visit(items)
  }
  visit(schema)
})

it('shows defaults that are the real ones once the # is taken away', () => {
  const uncommented = template.replace(
    /^( *)# ((?:port|host|kvBudgetMiB|mode|personalData|aliases|bodyBytes): .*)$/gm,
    '$1$2',
  )
  expect(uncommented).not.toBe(template)
  expect(parseConfig({ text: uncommented, file: 'x' })).toEqual(parseConfig({ text: '', file: 'x' }))
})

it('asks for what is required once a mapping is taken in', () => {
  const text = template.replace(/^ {2}# hub:\n((?: {2}# {2}.*\n)*)/m, (block) => block.replaceAll(/^ {2}# /gm, '  '))
  expect(() => parseConfig({ text, file: 'x' })).toThrow(/edge\.hub\.url is missing/)
  const filled = text.replace(/^ {4}url:$/m, '    url: https://hub.example:4600')
  expect(parseConfig({ text: filled, file: 'x' }).edge.hub?.url).toBe('https://hub.example:4600')
})

it('is valid YAML with plain mappings', () => {
  expect(Object.keys(parse(template) as object)).toEqual(['edge', 'hub'])
})

it('comes from a JSON Schema that is published as it is (npm run schema)', () => {
  const published = readFileSync(join(import.meta.dirname, '..', '..', 'edgewise.schema.json'), 'utf8')
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(schema)))
})
