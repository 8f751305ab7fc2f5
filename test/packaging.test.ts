import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '..')
const manifest = z
  .object({
    exports: z.record(z.string(), z.string()),
    engines: z.object({ node: z.string() }),
    version: z.string(),
  })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))

async function run(file: string, words: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  return promisify(execFile)(file, words, { cwd: root, ...options }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

describe('the lockfile', () => {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8')

  it('names no registry, so that everybody installs from their own', () => {
    expect(text).not.toMatch(/"resolved"|registry/)
  })

  it('proves every package by its digest', () => {
    const { packages } = z
      .object({ packages: z.record(z.string(), z.looseObject({ integrity: z.string().optional() })) })
      .parse(JSON.parse(text))
    const unproven = Object.entries(packages).filter(([path, { integrity }]) => path !== '' && integrity === undefined)
    expect(unproven.map(([path]) => path)).toEqual([])
  })
})

describe('the published files', () => {
  it('are what runs, the models and the papers, without sources, tests and training', async () => {
    const npm = process.env.npm_execpath
    const words = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const { stdout } = npm === undefined ? await run('npm', words) : await run(process.execPath, [npm, ...words])
    const paths = [...stdout.matchAll(/"path": "([^"]+)"/g)].map(([, path = '']) => path)
    expect(paths).toEqual(
      expect.arrayContaining(['bin/edgewise.js', 'bin/skip-cuda.js', 'edgewise.schema.json', 'LICENSE', 'NOTICE']),
    )
    const outside = paths.filter((path) => !/^(bin|dist|models)\/|^[A-Za-z.-]+$/.test(path))
    expect(outside).toEqual([])
  })

  it('hold what the exports name', () => {
    for (const target of Object.values(manifest.exports)) {
      const source = target.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')
      expect(globSync(source, { cwd: root }), target).not.toEqual([])
    }
  })
})

describe('bin/edgewise.js', () => {
  it('tells somebody with an old Node which one is needed, and a command that works', async () => {
    const old =
      'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.2"}})'
    const { code, stdout, stderr } = await run(process.execPath, [
      '--import',
      old,
      'bin/edgewise.js',
      'demo',
      'link',
      '4g',
    ])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^Edgewise needs Node 24 or newer; you have Node 20\.1\.2\..* npx .*-p node@24 .* demo link 4g\n$/,
    )
    expect(manifest.engines.node).toBe('>=24')
  })
})

describe('bin/skip-cuda.js', () => {
  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'keeps onnxruntime-node from calling out, unless it is told otherwise',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'edgewise-cuda-'))
      const engine = join(folder, 'node_modules', 'onnxruntime-node')
      const libraries = join(engine, 'bin', 'napi-v6', 'linux', 'x64')
      mkdirSync(libraries, { recursive: true })
      cpSync(join(root, 'node_modules', 'onnxruntime-node', 'package.json'), join(engine, 'package.json'))
      cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true })
      cpSync(join(root, 'package.json'), join(folder, 'package.json'))
      const install = (env: NodeJS.ProcessEnv) => run(process.execPath, ['bin/skip-cuda.js'], { cwd: folder, env })

      expect((await install({ ONNXRUNTIME_NODE_INSTALL: 'cuda12' })).code).toBe(0)
      expect(readdirSync(libraries)).toEqual([])
      expect((await install({})).code).toBe(0)
      expect(readdirSync(libraries)).toEqual(asked().toSorted())
      rmSync(folder, { recursive: true })
    },
  )

  /** What the install script of onnxruntime-node looks for before it calls out. */
  function asked(): string[] {
    const text = readFileSync(join(root, 'node_modules', 'onnxruntime-node', 'script', 'install-metadata.js'), 'utf8')
    return [...new Set([...text.matchAll(/'\.\/(\S+\.so)'/g)].map(([, name = '']) => name))]
  }
})

describe('the built package', () => {
  let folder = ''
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'edgewise-package-'))
    const modules = join(folder, 'node_modules')
    const home = join(modules, 'edgewise')
    mkdirSync(home, { recursive: true })
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name))
    }
    for (const name of ['bin', 'package.json', 'edgewise.schema.json'])
      cpSync(join(root, name), join(home, name), { recursive: true })
    if (existsSync(join(root, 'models'))) symlinkSync(join(root, 'models'), join(home, 'models'))
    const { code, stdout } = await run(process.execPath, ['scripts/build.ts', join(home, 'dist')])
    expect(code, stdout).toBe(0)
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  const edgewise = (...words: string[]) => {
    return run(process.execPath, ['node_modules/edgewise/bin/edgewise.js', ...words], { cwd: folder })
  }

  it('runs below node_modules, where Node takes no TypeScript', async () => {
    expect(await edgewise('--version')).toMatchObject({ code: 0, stdout: `${manifest.version}\n` })
    expect((await edgewise('doctor', '--state', 'state')).stdout).toMatch(/^ok {4}Node/m)
  })

  it('points the settings at the schema that it brings', async () => {
    expect((await edgewise('init')).code).toBe(0)
    const [first] = readFileSync(join(folder, 'edgewise.yaml'), 'utf8').split('\n')
    expect(first).toBe('# yaml-language-server: $schema=./node_modules/edgewise/edgewise.schema.json')
  })

  it('has the files that are no TypeScript, and types', () => {
    const dist = join(folder, 'node_modules', 'edgewise', 'dist')
    const others = globSync('**/*', { cwd: join(root, 'src') }).filter(
      (path) => /\.[a-z]+$/.test(path) && !path.endsWith('.ts'),
    )
    expect(others.filter((path) => !existsSync(join(dist, path)))).toEqual([])
    expect(existsSync(join(dist, 'edge', 'presets', 'node.d.ts'))).toBe(true)
    expect(globSync('**/*.ts', { cwd: dist }).filter((path) => !path.endsWith('.d.ts'))).toEqual([])
  })

  it('imports no module that it does not bring', () => {
    const dist = join(folder, 'node_modules', 'edgewise', 'dist')
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    const foreign = globSync('**/*.js', { cwd: dist }).flatMap((path) => {
      const text = readFileSync(join(dist, path), 'utf8')
      return [...text.matchAll(/(?:from |import\()'([@\w][\w@/.-]*)'/g)]
        .map(([, name = '']) => name)
        .filter(
          (name) =>
            !name.startsWith('node:') && !Object.keys(dependencies).some((known) => `${name}/`.startsWith(`${known}/`)),
        )
        .map((name) => `${path}: ${name}`)
    })
    expect(foreign.filter((line) => !/^testing\/conformance\/.*: vitest$/.test(line))).toEqual([])
  })
})
