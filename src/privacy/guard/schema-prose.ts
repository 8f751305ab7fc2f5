import { jsonLeaves } from './json-leaves.ts'

/** What a JSON Schema says to people; its other words are the schema itself, and one taken out of it for a name would break it. */
const proseKeys: ReadonlySet<string> = new Set(['description', 'title', '$comment'])

/** The reading of a JSON Schema with spaces for everything but its prose, so that each word of that stands where it stood. */
export function schemaProse(schema: string): string {
  let key = ''
  const lines = (jsonLeaves(schema) ?? []).map(({ kind, value }) => {
    const isProse = kind === 'string' && proseKeys.has(key)
    key = kind === 'key' ? value : ''
    if (isProse) return `${value}\n`
    return `${' '.repeat(value.length)}${kind === 'key' ? '  ' : '\n'}`
  })
  return lines.join('')
}
