import { dirname, join, sep } from 'node:path'

/** Flags that keep an engine process in its place: it reads the given folders, writes nothing and starts nothing. */
export function childArguments(readable: readonly string[]): readonly string[] {
  return [
    '--permission',
    ...[...readable, ...codeFolders()].map((folder) => `--allow-fs-read=${folder}`),
    // onnxruntime is native code. Node warns that it could get around the other flags; that is why the process has no secrets.
    '--allow-addons',
    '--disable-warning=PERM0001',
  ]
}

/** Where this code and the libraries it loads lie: the package, and `node_modules` around it once it is installed. */
function codeFolders(): readonly string[] {
  const packageRoot = join(import.meta.dirname, '..', '..', '..')
  const segments = packageRoot.split(sep)
  const modules = segments.indexOf('node_modules')
  return modules === -1 ? [packageRoot] : [segments.slice(0, modules + 1).join(sep)]
}

/** The file with the code of the engine process: TypeScript in the checkout, JavaScript in the package. */
export function childMain(): string {
  const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'
  return join(dirname(import.meta.filename), `child-main${extension}`)
}
