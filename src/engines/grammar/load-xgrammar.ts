import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { compileFunction, constants } from 'node:vm'

export type Xgrammar = typeof import('@mlc-ai/web-xgrammar')

/** Loads the grammar engine. Its package says that it holds ES modules, but its one file is CommonJS, so Node cannot import it. */
export function loadXgrammar(): Xgrammar {
  const path = createRequire(import.meta.filename).resolve('@mlc-ai/web-xgrammar')
  const module = { exports: {} }
  const run = compileFunction(readFileSync(path, 'utf8'), ['exports', 'module', 'require', '__filename', '__dirname'], {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  run(module.exports, module, createRequire(path), path, dirname(path))
  return module.exports as Xgrammar
}
