import { execFileSync } from 'node:child_process'
import { cpSync, rmSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'

/** Makes `dist/`: the compiled sources with their type declarations, and beside them the files that are no TypeScript. */
const root = join(import.meta.dirname, '..')
const source = join(root, 'src')
const target = join(root, 'dist')

rmSync(target, { recursive: true, force: true })
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
)
cpSync(source, target, {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || extname(path) !== '.ts',
})
