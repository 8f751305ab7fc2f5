import { Tokenizer as TokenizerLibrary } from '@huggingface/tokenizers'
import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'
import type { TokenizerFiles } from './tokenizer-files.ts'

/** Texts to token ids for an encoder model, with the tokens around a text that the model wants. */
export interface TextTokens {
  /** Tokens that are added to every text. */
  readonly added: number
  /** Ids of a text. What looks like a control token in it stays mere text. */
  encode(text: string): number[]
}

const processorPair = z.tuple([z.string(), z.int()])
const processor = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['BertProcessing', 'RobertaProcessing']), sep: processorPair, cls: processorPair }),
  z.object({
    type: z.literal('TemplateProcessing'),
    single: z.array(
      z.union([
        z.object({ SpecialToken: z.object({ id: z.string() }) }),
        z.object({ Sequence: z.object({ id: z.string() }) }),
      ]),
    ),
    special_tokens: z.record(z.string(), z.object({ ids: z.array(z.int()) })),
  }),
  z.object({ type: z.literal('ByteLevel') }),
])
type Processor = z.infer<typeof processor>

const processors = z.union([
  z.object({ type: z.literal('Sequence'), processors: z.array(processor) }).transform((list) => list.processors),
  processor.transform((one) => [one]),
  z.null().transform(() => []),
])

/** The tokenizer of an encoder model from its files. Throws `model-invalid` when they hold what is not known here. */
export function createTextTokens({ tokenizer, config }: Pick<TokenizerFiles, 'tokenizer' | 'config'>): TextTokens {
  const parsed = processors.safeParse(tokenizer.post_processor ?? null)
  if (!parsed.success)
    throw new EdgewiseError('model-invalid', 'tokenizer.json has a post_processor of an unknown kind')
  const { before, after } = parsed.data.map(frameOf).reduce(joined, { before: [], after: [] })
  const library = open({ tokenizer, config })
  return {
    added: before.length + after.length,
    encode: (text) => [...before, ...library.encode(text, { add_special_tokens: false }).ids, ...after],
  }
}

interface Frame {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

function joined(outer: Frame, inner: Frame): Frame {
  return { before: [...inner.before, ...outer.before], after: [...outer.after, ...inner.after] }
}

function frameOf(one: Processor): Frame {
  switch (one.type) {
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [one.cls[1]], after: [one.sep[1]] }
    case 'TemplateProcessing': {
      const place = one.single.findIndex((piece) => 'Sequence' in piece)
      const idsOf = (pieces: typeof one.single) =>
        pieces.flatMap((piece) =>
          'SpecialToken' in piece ? (one.special_tokens[piece.SpecialToken.id]?.ids ?? []) : [],
        )
      return { before: idsOf(one.single.slice(0, place)), after: idsOf(one.single.slice(place + 1)) }
    }
    case 'ByteLevel':
      return { before: [], after: [] }
    default:
      return one satisfies never
  }
}

/** Without its special tokens the library cannot read one in a text. */
function open({ tokenizer, config }: Pick<TokenizerFiles, 'tokenizer' | 'config'>): TokenizerLibrary {
  const added = tokenizer.added_tokens.filter(({ special }) => !special)
  try {
    return new TokenizerLibrary({ ...tokenizer, post_processor: null, added_tokens: added }, config)
  } catch (cause) {
    throw new EdgewiseError('model-invalid', 'tokenizer.json cannot be used by @huggingface/tokenizers', { cause })
  }
}
