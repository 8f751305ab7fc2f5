import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig, readConfigFile } from '../../src/cli/config-file.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'

function problem(text: string): string {
  try {
    parseConfig({ text, file: 'edgewise.yaml' })
  } catch (error) {
    expect(error).toBeInstanceOf(EdgewiseError)
    expect((error as EdgewiseError).code).toBe('config-invalid')
    return (error as EdgewiseError).message
  }
  throw new Error('was accepted')
}

describe('settings', () => {
  it('are the defaults when the file is empty or its keys have no values', () => {
    const defaults = parseConfig({ text: '', file: 'x' })
    expect(defaults.edge.port).toBe(4610)
    expect(parseConfig({ text: 'edge:\n  policy:\n    mode:\nhub:\n', file: 'x' })).toEqual(defaults)
  })

  it('take what the file says, aliases included', () => {
    const text = 'edge:\n  port: 1\n  allowedHosts: &hosts [a.example]\n  allowedOrigins: *hosts\n'
    expect(parseConfig({ text, file: 'x' }).edge).toMatchObject({ port: 1, allowedOrigins: ['a.example'] })
  })

  it('name line and column of an unknown key, and the known one that is like it', () => {
    expect(problem('edge:\n  host: a\n  prot: 1\n')).toBe(
      'edgewise.yaml:3:3 edge.prot is not a setting; did you mean port?',
    )
    expect(problem('edges: {}\n')).toContain('edgewise.yaml:1:1 edges is not a setting; did you mean edge?')
    expect(problem('edge: { policy: { zzzzzz: 1 } }')).toMatch(/:1:19 .*known here: mode, privacy/)
  })

  it('name line and column of a bad value', () => {
    expect(problem('edge:\n  port: 70000\n')).toMatch(
      /^edgewise\.yaml:2:9 edge\.port must be at most 65535; it is 70000$/,
    )
    expect(problem('edge:\n  policy:\n    mode: sometimes\n')).toMatch(/^edgewise\.yaml:3:11 .*only-edge/)
    expect(problem('hub:\n  upstreams:\n    - name: a\n      url: nowhere\n')).toContain(
      'edgewise.yaml:4:12 hub.upstreams.0.url must be an address such as https://',
    )
  })

  it('point at the mapping that lacks a key', () => {
    expect(problem('edge:\n  hub:\n    model: a\n')).toBe('edgewise.yaml:2:3 edge.hub.url is missing')
  })

  it('point at a bad value behind an alias', () => {
    expect(problem('edge:\n  aliases: &a { x: 3 }\nhub:\n  limits: *a\n')).toMatch(
      /:2:20 edge\.aliases\.x must be a text/,
    )
  })

  it('list problems in the order of the file, ten at most', () => {
    const unknown = Array.from({ length: 14 }, (_, index) => `  unknown${index}: 1\n`).join('')
    const lines = problem(`edge:\n${unknown}  port: -1\n`).split('\n')
    expect(lines).toHaveLength(11)
    expect(lines[0]).toContain(':2:3 edge.unknown0')
    expect(lines[10]).toBe('… and 5 more like these.')
  })

  it('never repeat a value that may be a secret, a text or a number where a text belongs', () => {
    const told = problem('hub:\n  upstreams:\n    - { name: a, url: sk-secret, apiKey: [sk-secret] }')
    expect(told).not.toContain('sk-secret')
    const numbers = problem(
      'hub:\n  upstreams:\n    - { name: a, url: "http://a", apiKey: 987654 }\nedge: { port: 1.5 }',
    )
    expect(numbers).toContain('hub.upstreams.0.apiKey must be a text')
    expect(numbers).not.toContain('987654')
    expect(numbers).toContain('edge.port must be a whole number; it is 1.5')
  })

  it.each([
    ['edge: { port: many }', 'edge.port must be a number'],
    ['edge: { allowedHosts: a.example }', 'edge.allowedHosts must be a list'],
    ['edge: { policy: { mode: sometimes } }', 'edge.policy.mode must be one of: only-edge, prefer-edge'],
    ['edge: { port: -1 }', 'edge.port must be at least 0; it is -1'],
    ['hub: { limits: 3 }', 'hub.limits must be a mapping of keys'],
    ['edge: { hub: { url: "https://hub.example", fingerprint: abc } }', 'a fingerprint is 64 hexadecimal digits'],
  ])('say of %s what is allowed', (text, expected) => {
    const told = problem(text)
    expect(told).toContain(expected)
    expect(told).not.toMatch(/Invalid|expected|received/)
  })

  it.each([
    ['an open bracket', 'edge:\n  port: [1\n', /^edgewise\.yaml:3:1 is not valid YAML/],
    ['a tab', 'edge:\n\tport: 1\n', /^edgewise\.yaml:2:1 is not valid YAML: Tabs/],
    ['a key twice', 'edge:\n  port: 1\n  port: 2\n', /:3:3 is not valid YAML: Map keys must be unique/],
    ['a second document', 'edge:\n---\nhub:\n', /:2:1 is not valid YAML/],
    ['a tag of another language', 'edge: !!js/function x', /is not valid YAML/],
    ['__proto__', '__proto__: { port: 1 }', /__proto__ is not a setting/],
    ['a list', '- edge', /:1:1 The file must be a mapping of keys/],
    ['a lone word', 'edge', /:1:1 The file must be a mapping of keys/],
  ])('are refused with %s', (_, text, expected) => {
    expect(problem(text)).toMatch(expected)
  })

  it('are refused when nested without end', () => {
    expect(problem('['.repeat(60_000))).toMatch(/nested too deeply/)
  })

  it('are refused when aliases multiply them', () => {
    const rows = [...'bcdefgh'].map(
      (name, row) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[row]}`).join(',')}]`,
    )
    expect(problem(['a: &a [x,x,x,x,x,x,x,x,x]', ...rows].join('\n'))).toMatch(/alias/i)
  })
})

describe('a settings file', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edgewise-config-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('that is not there is an error that says how to get one', async () => {
    await expect(readConfigFile(join(folder, 'none.yaml'))).rejects.toThrow(/edgewise init/)
  })

  it('that is larger than any settings is not read', async () => {
    const path = join(folder, 'large.yaml')
    await writeFile(path, `# ${'x'.repeat(70_000)}`)
    await expect(readConfigFile(path)).rejects.toThrow(/70002 bytes/)
  })
})
