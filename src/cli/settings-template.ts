import { stringify } from 'yaml'
import type { JsonSchema } from './config-schema.ts'

export interface SettingsTemplateOptions {
  readonly schema: JsonSchema
  /** Where editors find the JSON Schema: a path or an address. */
  readonly schemaLocation: string
}

/** A commented edgewise.yaml: every setting with its meaning and its default, commented out, so that the file changes nothing yet. */
export function settingsTemplate({ schema, schemaLocation }: SettingsTemplateOptions): string {
  const head = [
    `# yaml-language-server: $schema=${schemaLocation}`,
    '# Settings of Edgewise. Take the # away from a line to change it; until then the default counts, which the line shows.',
    '# `edgewise doctor` checks this file.',
  ]
  return `${[...head, ...keysOf(schema).flatMap((key) => ['', ...setting(key)])].join('\n')}\n`
}

interface Key {
  readonly name: string
  readonly schema: JsonSchema
  readonly isRequired: boolean
}

function keysOf(schema: JsonSchema): Key[] {
  return Object.entries(schema.properties ?? {}).map(([name, inner]) => {
    return { name, schema: inner, isRequired: schema.required?.includes(name) === true }
  })
}

/** Lines of one setting. What is commented out whole keeps its required keys plain inside, so that one `#` a line is taken away. */
function setting({ name, schema, isRequired }: Key): string[] {
  const about = aboutLines(schema)
  const inner = keysOf(schema)
  if (schema.items?.properties !== undefined) {
    const lines = [`${name}:`, ...entry(schema.items)]
    return [...about, ...(isRequired ? lines : lines.map((line) => `# ${line}`))]
  }
  if (inner.length === 0)
    return [...about, isRequired ? `${name}: ${shown(schema)}`.trimEnd() : `# ${name}: ${shown(schema)}`.trimEnd()]
  const lines = inner.flatMap(setting).map((line) => `  ${line}`)
  // A mapping whose keys all have defaults may stand there empty: only the changed line needs uncommenting.
  const mayBeEmpty = inner.every((key) => !key.isRequired)
  return mayBeEmpty || isRequired
    ? [...about, `${name}:`, ...lines]
    : [...about, `# ${name}:`, ...lines.map((line) => `# ${line}`)]
}

/** One entry of a list; its first key follows the dash. */
function entry(items: JsonSchema): string[] {
  const lines = keysOf(items).flatMap(setting)
  const first = lines.findIndex((line) => !line.startsWith('#'))
  return lines.map((line, index) => (index === first ? `  - ${line}` : `    ${line}`))
}

function aboutLines({ description, enum: words }: JsonSchema): string[] {
  const choices = words === undefined ? '' : `one of: ${words.map(String).join(', ')}`
  return [description ?? '', choices].filter((line) => line !== '').map((line) => `# ${line}`)
}

function shown(schema: JsonSchema): string {
  const value = schema.default ?? schema.examples?.[0]
  return value === undefined ? '' : stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()
}
