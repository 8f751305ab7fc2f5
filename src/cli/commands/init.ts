import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import { configJsonSchema } from '../config-schema.ts'
import { packageRoot } from '../package-root.ts'
import { schemaLocation } from '../schema-location.ts'
import { settingsTemplate } from '../settings-template.ts'

/** `edgewise init`: a commented edgewise.yaml, made from the schema of the settings. */
export function registerInit(program: Command): void {
  program
    .command('init')
    .description('write a commented edgewise.yaml')
    .argument('[file]', 'where to write it', 'edgewise.yaml')
    .action(writeSettings)
    .addHelpText(
      'after',
      '\nExample:\n  edgewise init && edgewise doctor\n\nA file that is already there is never overwritten.',
    )
}

async function writeSettings(file: string): Promise<void> {
  const text = settingsTemplate({ schema: configJsonSchema(), schemaLocation: schemaLocation({ file, packageRoot }) })
  try {
    await writeFile(file, text, { flag: 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new EdgewiseError(
        'config-invalid',
        `${file} is already there and stays as it is. Name another file: edgewise init FILE.`,
      )
    }
    throw asEdgewiseError(error, 'config-invalid')
  }
  process.stdout.write(`Wrote ${file}. Every setting stands in it with its default; \`edgewise doctor\` checks it.\n`)
}
