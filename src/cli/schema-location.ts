import { dirname, join, relative, resolve, sep } from 'node:path'

const schemaFile = 'edgewise.schema.json'

export interface SchemaLocationOptions {
  /** The settings file that names its schema. */
  readonly file: string
  /** Folder of this package. */
  readonly packageRoot: string
}

/**
 * Where a settings file finds its schema, relative to it, so that it can be shared: in the project that this package is installed in, or is. A file
 * elsewhere (this package being installed for all, or run by npx) gets the place that installing the package beside it makes.
 */
export function schemaLocation({ file, packageRoot }: SchemaLocationOptions): string {
  const folder = dirname(resolve(file))
  const [project = '', ...inside] = packageRoot.split(`${sep}node_modules${sep}`)
  const isWithin = folder === project || folder.startsWith(`${project}${sep}`)
  if (!isWithin) return `./node_modules/edgewise/${schemaFile}`
  // Package managers that link packages have the linked place beside the real one.
  const name = inside.at(-1)
  const schema = name === undefined ? join(project, schemaFile) : join(project, 'node_modules', name, schemaFile)
  const path = relative(folder, schema).replaceAll('\\', '/')
  return path.startsWith('..') ? path : `./${path}`
}
