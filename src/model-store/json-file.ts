import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'

/** Reads a JSON file of a model folder; undefined when it is not there. Throws `model-invalid`, naming the file, when it does not fit the schema. */
export async function readJsonFile<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const path = join(folder, name)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new EdgewiseError('model-invalid', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
  const parsed = schema.safeParse(parseJson(path, text))
  if (parsed.success) return parsed.data
  throw new EdgewiseError('model-invalid', `${path} is not as expected:\n${z.prettifyError(parsed.error)}`, {
    cause: parsed.error,
  })
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new EdgewiseError('model-invalid', `${path} is no JSON: ${(cause as Error).message}`, { cause })
  }
}
