import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'

/** What a column of features tells of a token; `name-features.ts` makes each. */
const columns = [
  'lower',
  'lowerOther',
  'prefix2',
  'prefix3',
  'suffix2',
  'suffix3',
  'suffix4',
  'shape',
  'gap',
  'bigram',
] as const

/** A column of features: strings are hashed into `rows` rows, of which row 0 stands for nothing. */
const feature = z.strictObject({ name: z.enum(columns), rows: z.int().min(2).max(10_000_000) })

const tag = z.string().regex(/^(O|[BILU]-[A-Z][A-Z_]*)$/, 'a tag is O, or B-, I-, L- or U- before a class')

const settings = z.strictObject({
  version: z.literal(1),
  tags: z
    .array(tag)
    .min(2)
    .max(200)
    .refine((tags) => tags.includes('O'), 'O is missing'),
  features: z.array(feature).min(1).max(64),
  /** A token's tag depends on no more than so many tokens on each side of it. */
  receptiveField: z.int().min(0).max(512),
  languages: z.array(z.string()),
  minScore: z.number().min(0).max(1),
  /** The same for single classes. */
  minScores: z.record(z.string(), z.number().min(0).max(1)).optional(),
})

/** What names.json says of a name model. */
export type NameModelSettings = z.infer<typeof settings>

/** A name model that lies ready in a folder. */
export interface NameModelFolder {
  readonly id: string
  readonly folder: string
  /** Its graph. */
  readonly path: string
  readonly settings: NameModelSettings
}

/** Reads the folder of a name model, but for its weights. Throws `model-not-found` when there is none, `model-invalid`, naming the file and what is wrong with it. */
export async function readNameModel(folder: string): Promise<NameModelFolder> {
  const root = resolve(folder)
  const [file, path] = [join(root, 'names.json'), join(root, 'model.onnx')]
  for (const needed of [file, path]) {
    if ((await stat(needed).catch(() => undefined))?.isFile() === true) continue
    throw new EdgewiseError('model-not-found', `${root} holds no name model: ${basename(needed)} is missing`)
  }
  return { id: basename(root), folder: root, path, settings: parseSettings(await readFile(file, 'utf8'), file) }
}

function parseSettings(text: string, file: string): NameModelSettings {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new EdgewiseError('model-invalid', `${file} is no JSON`, { cause })
  }
  const parsed = settings.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`)
  throw new EdgewiseError('model-invalid', `${file} does not describe a name model: ${issues.join('; ')}`, {
    cause: parsed.error,
  })
}
