import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'

const addedToken = z.looseObject({ id: z.int().min(0), content: z.string(), special: z.boolean().default(false) })

/** Words with their ids, or in the order of their ids with their scores. */
type Vocabulary = Readonly<Record<string, number>> | readonly (readonly [word: string, score: number])[]

/** The parts of `tokenizer.json` that are read here; the library reads the rest. */
const tokenizerSchema = z.looseObject({
  added_tokens: z.array(addedToken).default([]),
  model: z.looseObject({
    // Up to 250 000 entries: the library reads each, a schema for them would cost more than the rest of loading.
    vocab: z.custom<Vocabulary>(
      (value) => typeof value === 'object' && value !== null,
      'has to be an object or a list',
    ),
    unk_token: z.string().nullish(),
  }),
  decoder: z.looseObject({ type: z.string() }).nullish(),
})
export type TokenizerJson = z.infer<typeof tokenizerSchema>

const namedToken = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish()

const configSchema = z.looseObject({
  bos_token: namedToken,
  eos_token: namedToken,
  pad_token: namedToken,
  unk_token: namedToken,
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
})
export type TokenizerConfig = z.infer<typeof configSchema>

/** What a model's folder says about its text side. */
export interface TokenizerFiles {
  readonly tokenizer: TokenizerJson
  readonly config: TokenizerConfig
  /** Source of the chat template: `chat_template.jinja`, else the default one of `tokenizer_config.json`. */
  readonly chatTemplate: string | undefined
}

/** Reads `tokenizer.json`, `tokenizer_config.json` and `chat_template.jinja`. Throws `model-invalid` naming the file and the field at fault. */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const config = await readJson(folder, 'tokenizer_config.json', configSchema)
  return {
    tokenizer: await readJson(folder, 'tokenizer.json', tokenizerSchema),
    config,
    chatTemplate: (await readOptional(join(folder, 'chat_template.jinja'))) ?? defaultTemplate(config),
  }
}

/** Text of a token that the configuration names, such as `bos_token`. */
export function tokenText(token: z.infer<typeof namedToken>): string | undefined {
  return typeof token === 'string' ? token : token?.content
}

function defaultTemplate({ chat_template: template }: TokenizerConfig): string | undefined {
  if (typeof template === 'string') return template
  return (template?.find(({ name }) => name === 'default') ?? template?.[0])?.template
}

async function readJson<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readOptional(join(folder, name))
  if (text === undefined) {
    throw new EdgewiseError('model-invalid', `the model folder ${folder} has no ${name}; export it with its tokenizer`)
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined
    const fault = issue === undefined ? 'is not JSON' : `is wrong at ${issue.path.join('.')}: ${issue.message}`
    throw new EdgewiseError('model-invalid', `${name} in ${folder} ${fault}`, { cause })
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new EdgewiseError('model-invalid', `${path} cannot be read`, { cause })
  }
}
