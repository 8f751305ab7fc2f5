import { execFileSync } from 'node:child_process'
import { cpSync, rmSync, statSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'

/**
 * Makes `dist/`, or the folder named by the argument: the compiled sources with their type declarations, and beside them the files
 * that are no TypeScript.
 */
const root = join(import.meta.dirname, '..')
const target = resolve(process.argv[2] ?? join(root, 'dist'))
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const project = join(root, 'tsconfig.build.json')

rmSync(target, { recursive: true, force: true })
execFileSync(process.execPath, [compiler, '-p', project, '--outDir', target], { stdio: 'inherit' })
cpSync(join(root, 'src'), target, {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || extname(path) !== '.ts',
})
