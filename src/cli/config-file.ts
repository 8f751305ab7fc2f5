import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Document, LineCounter, parseDocument } from 'yaml'
import { asEdgewiseError, EdgewiseError } from '../spec/errors.ts'
import { describeIssues } from './config-issues.ts'
import { type Config, configSchema } from './config-schema.ts'

/** Far more than any edgewise.yaml needs; checking that keys are unique takes time that grows with the square of it. */
const largestFileBytes = 65_536
/** Aliases may multiply the settings by this much at most. */
const largestAliasCount = 100

export interface ParseConfigOptions {
  readonly text: string
  /** How errors call the file. */
  readonly file: string
}

/** Reads the settings from a file. Throws `config-invalid`, with file, line and column of everything that is wrong in it. */
export async function readConfigFile(path: string): Promise<Config> {
  const text = await readText(resolve(path))
  return parseConfig({ text, file: path })
}

/** Settings from YAML text; a key without a value counts as absent. Throws `config-invalid` as `readConfigFile` does. */
export function parseConfig({ text, file }: ParseConfigOptions): Config {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  })
  const broken = document.errors[0] ?? document.warnings[0]
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0])
    throw invalid([`${file}:${line}:${col} is not valid YAML: ${plainWords(broken.message)}.`])
  }
  const parsed = configSchema.safeParse(withoutNulls(plainValue({ document, file })) ?? {})
  if (parsed.success) return parsed.data
  throw invalid(describeIssues({ issues: parsed.error.issues, document, lines, file }))
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > largestFileBytes)
      throw invalid([`${path} has ${size} bytes; settings have at most ${largestFileBytes}.`])
    return await readFile(path, 'utf8')
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    throw asEdgewiseError(
      error,
      'config-invalid',
      `The settings cannot be read: ${because}. \`edgewise init\` writes a file to start from; --config FILE names another one.`,
    )
  }
}

function plainValue({ document, file }: { document: Document; file: string }): unknown {
  try {
    return document.toJS({ maxAliasCount: largestAliasCount })
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    throw invalid([`${file} cannot be read: ${because}. Write repeated values out instead of using YAML aliases.`])
  }
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined
  if (Array.isArray(value)) return value
  if (typeof value !== 'object') return value
  // A key `__proto__` must stay a key, so that it is reported as unknown.
  const kept = Object.entries(value as object).flatMap(([key, inner]) => {
    const plain = withoutNulls(inner)
    return plain === undefined ? [] : [[key, plain] as const]
  })
  return Object.fromEntries(kept)
}

function plainWords(message: string): string {
  return message.startsWith('Maximum call stack') ? 'it is nested too deeply' : message
}

function invalid(problems: readonly string[]): EdgewiseError {
  return new EdgewiseError('config-invalid', problems.join('\n'))
}
