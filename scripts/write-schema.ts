import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configJsonSchema } from '../src/cli/config-schema.ts'
import { packageRoot } from '../src/cli/package-root.ts'

/** Writes the JSON Schema of edgewise.yaml, which editors and `edgewise init` point to. */
writeFileSync(join(packageRoot, 'edgewise.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`)
