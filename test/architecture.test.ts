import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const source = join(root, 'src')

/** Rows of the import table: folder -> folders it may import. */
const allowed = new Map(
  [...readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| ([a-z-]+) \| ([a-z, –-]+) \|$/gm)]
    .map(([, folder = '', list = '']) => [folder, new Set(list.split(', ').filter((name) => name !== '–'))] as const)
    .filter(([folder]) => folder !== 'folder' && !folder.startsWith('---')),
)

/** These run in a browser too; the paths behind them are their Node-bound corners. */
const runtimeNeutral = new Map([
  ['spec', []],
  ['openai', []],
  ['preprocess', []],
  ['planner', []],
  ['routers', []],
  ['placements', []],
  ['privacy', ['privacy/egress/', 'privacy/ledger/']],
  ['link', ['link/node-socket.ts']],
])

/** Only these may open connections; testing and bench carry nobody's content. */
const mayConnect = ['privacy/egress/', 'model-store/', 'testing/', 'bench/']
const clients =
  /from '(undici|ws|node:net|node:tls|node:http|node:https|node:http2|node:dgram)'|\bfetch\(|new WebSocket\(/

/** Servers listen with these modules but never call out. */
const mayListen = ['edge/server/', 'hub/server.ts', 'hub/server/', 'cli/demo/control-server.ts']

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(join(source, path), 'utf8')
    return { path: path.split(sep).join('/'), text, imports: importsOf(text) }
  })

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, specifier = '']) => specifier)
}

function folderOf(path: string): string {
  return path.split('/')[0] ?? ''
}

describe('the house', () => {
  it('has its table', () => {
    expect(allowed.size).toBeGreaterThan(15)
    expect(files.length).toBeGreaterThan(5)
  })

  it.each(files)('$path imports only what the table allows', ({ path, imports }) => {
    const folder = folderOf(path)
    const row = allowed.get(folder)
    expect(row, `${folder} has no row in ARCHITECTURE.md`).toBeDefined()
    for (const specifier of imports.filter((name) => name.startsWith('.'))) {
      const target = relative(source, join(source, dirname(path), specifier)).split(sep)[0] ?? ''
      if (target.startsWith('..')) continue
      expect(target === folder || row?.has(target), `${path} may not import ${target}`).toBe(true)
    }
  })

  it.each(files)('$path has at most 400 lines', ({ text }) => {
    expect(text.split('\n').length).toBeLessThanOrEqual(400)
  })

  it.each(files.filter(({ path }) => runtimeNeutral.has(folderOf(path))))(
    '$path is runtime-neutral',
    ({ path, imports }) => {
      const corners = runtimeNeutral.get(folderOf(path)) ?? []
      if (corners.some((corner) => path.startsWith(corner))) return
      expect(imports.filter((name) => name.startsWith('node:') || name === 'undici')).toEqual([])
    },
  )

  it('opens connections in egress and model-store only', () => {
    const offenders = files
      .filter(({ path }) => !mayConnect.some((place) => path.startsWith(place)))
      .filter(({ path }) => !mayListen.some((place) => path.startsWith(place)))
      .filter(({ text }) => clients.test(text))
    expect(offenders.map(({ path }) => path)).toEqual([])
  })

  it('never calls out from a server file', () => {
    const offenders = files
      .filter(({ path }) => mayListen.some((place) => path.startsWith(place)))
      .filter(({ text }) => /from '(undici|ws)'|\bfetch\(|new WebSocket\(|\brequest\(\{|\.connect\(/.test(text))
    expect(offenders.map(({ path }) => path)).toEqual([])
  })

  it('lets only the guard declare a request sanitised', () => {
    const offenders = files.filter(
      ({ path, text }) => !/^(privacy|spec)\//.test(path) && text.includes('markSanitised('),
    )
    expect(offenders.map(({ path }) => path)).toEqual([])
  })

  it('has no default export, any, enum or utils', () => {
    for (const { path, text } of files) {
      expect(path).not.toMatch(/(utils|helpers|types)(\.ts|\/)/)
      const code = text.replace(/^\s*(\/\*\*|\*|\/\/).*$/gm, '')
      expect(code, path).not.toMatch(/^export default |: any\b|^(const )?enum /m)
    }
  })

  it('reads the environment only in presets, hub/server and cli', () => {
    const offenders = files
      .filter(({ path }) => !/^(edge\/presets\/|hub\/server\.ts|cli\/|bench\/|testing\/)/.test(path))
      .filter(({ text }) => text.includes('process.env'))
    expect(offenders.map(({ path }) => path)).toEqual([])
  })
})
