import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'

/** Flags that keep an engine process in its place: it reads the given folders and its code, writes nothing and starts nothing. */
export function childArguments(readable: readonly string[]): readonly string[] {
  return [
    '--permission',
    ...new Set([...readable, ...codeFolders()].map((folder) => `--allow-fs-read=${folder}`)),
    // onnxruntime is native code. Node warns that it could get around the other flags; that is why the process has no secrets.
    '--allow-addons',
    '--disable-warning=PERM0001',
    // Garbage is collected sooner: about 10 MiB less of it lies about. Decoding stays as fast.
    '--optimize-for-size',
  ]
}

/** The file with the code of the engine process: TypeScript in the checkout, JavaScript in the package. */
export function childMain(): string {
  const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'
  return join(import.meta.dirname, `child-main${extension}`)
}

/** This code (in a checkout nothing else of it: a state folder may lie there too), and each `node_modules` with a library of the engine process: beside the package, above it, or behind a link. */
function codeFolders(): readonly string[] {
  const { resolve } = createRequire(import.meta.filename)
  const libraries = ['onnxruntime-node', '@huggingface/tokenizers', '@huggingface/jinja', 'zod'].flatMap((name) => {
    try {
      return [dirname(resolve(name))]
    } catch {
      // A library that is missing is reported by the process that wants it.
      return []
    }
  })
  const code = join(import.meta.dirname, '..', '..')
  return [code, join(code, '..', 'package.json'), ...libraries].map(outermostModules)
}

/** The first `node_modules` on the way to a folder, else the folder. */
function outermostModules(folder: string): string {
  const segments = folder.split(sep)
  const place = segments.indexOf('node_modules')
  return place === -1 ? folder : segments.slice(0, place + 1).join(sep)
}
