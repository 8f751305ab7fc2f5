import { EdgewiseError } from '../spec/errors.ts'
import type { InferenceRequest } from '../spec/request.ts'
import { chatFault } from './chat-fault.ts'
import { unsupported } from './chat-fields.ts'
import { readSampling } from './chat-sampling.ts'
import { completionsSchema, type WireCompletions } from './completions-schema.ts'
import { type FieldRules, type RefusedField, sortFieldsBy } from './sort-fields.ts'

export interface ParsedCompletion {
  readonly request: InferenceRequest
  readonly stream: boolean
  /** The stream ends with a chunk of token counts. */
  readonly includeUsage: boolean
  /** Text that comes before the answer: the prompt when the caller wants it repeated, else nothing. */
  readonly echo: string
  /** Top-level fields that had no effect, fit for a warning header. */
  readonly ignoredFields: readonly string[]
}

/** OpenAI's default for this endpoint. */
const defaultMaxTokens = 16

const onlyOne = (value: unknown) => value === 1

const rules: FieldRules = {
  honoured: new Set(Object.keys(completionsSchema.shape)),
  harmless: new Set(['user']),
  refused: new Map<string, RefusedField>([
    ['n', { isHarmless: onlyOne, instead: 'send one request per answer' }],
    ['best_of', { isHarmless: onlyOne, instead: 'leave it out' }],
    ['suffix', { isHarmless: (value) => value === '', instead: 'no model here fills in the middle: leave it out' }],
  ]),
}

/**
 * Reads the body of `POST /v1/completions`. Null means absent. Throws `invalid-request` for a bad value and `unsupported-field` for one that
 * cannot be honoured, both with the field's path as `param` and without any content.
 */
export function parseCompletionsRequest({
  body,
  id,
}: {
  readonly body: unknown
  readonly id: string
}): ParsedCompletion {
  const parsed = completionsSchema.safeParse(body)
  if (!parsed.success) throw chatFault(parsed.error.issues, body)
  const wire = parsed.data
  const ignoredFields = sortFieldsBy(rules, body as object)
  const prompt = readPrompt(wire)
  const topLogprobs = wire.logprobs ?? undefined
  if (wire.echo === true && topLogprobs !== undefined) {
    throw unsupported('echo', 'echo cannot be honoured together with logprobs: prompts are not scored here')
  }
  return {
    request: {
      id,
      model: wire.model,
      messages: [{ role: 'user', content: prompt }],
      rawPrompt: true,
      sampling: readSampling(wire),
      stop: typeof wire.stop === 'string' ? [wire.stop] : (wire.stop ?? []),
      maxTokens: wire.max_tokens ?? defaultMaxTokens,
      ...(topLogprobs === undefined ? {} : { topLogprobs }),
    },
    stream: wire.stream ?? false,
    includeUsage: wire.stream_options?.include_usage ?? false,
    echo: wire.echo === true ? prompt : '',
    ignoredFields,
  }
}

function readPrompt({ prompt }: WireCompletions): string {
  if (typeof prompt === 'string') return prompt.toWellFormed()
  const [first] = prompt
  if (typeof first !== 'string' || !prompt.every((one) => typeof one === 'string')) {
    const message =
      'prompt cannot be token ids: they mean something to one model only, and nothing to the guard; send text'
    throw unsupported('prompt', message)
  }
  if (prompt.length === 1) return first.toWellFormed()
  throw unsupported('prompt', `prompt holds ${prompt.length} texts; send one request for each`)
}

/** The one text of a request with `rawPrompt`. Throws `internal` when it holds anything else. */
export function rawPromptOf({ messages }: Pick<InferenceRequest, 'messages'>): string {
  const [message] = messages
  if (messages.length === 1 && typeof message?.content === 'string') return message.content
  throw new EdgewiseError('internal', 'a raw prompt is one message of text')
}
