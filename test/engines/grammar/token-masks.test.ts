import { describe, expect, it } from 'vitest'
import type { Constraint } from '../../../src/engines/generation/constraint.ts'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { isInMask } from '../../../src/engines/generation/token-mask.ts'
import { GrammarCompiler } from '../../../src/engines/grammar/grammar-compiler.ts'
import { createGrammarConstraint } from '../../../src/engines/grammar/grammar-constraint.ts'
import { schemaGrammar } from '../../../src/engines/grammar/schema-grammar.ts'
import { createVocabulary, type Vocabulary } from '../../../src/engines/grammar/vocabulary.ts'
import { bundledVocabulary } from './bundled-vocabulary.ts'
import { randomSchema } from './random-schema.ts'

const never = new AbortController().signal
const encoder = new TextEncoder()
const endId = 1
/** Token 0 is control, 1 ends; then words, some of them twice, some halves of characters. */
const words = [
  ...[
    '',
    '',
    'a',
    '"',
    '"a',
    'a"',
    '","',
    '":',
    '{',
    '{"',
    '}',
    '}}',
    '[',
    ']',
    '],',
    ',',
    ', "',
    ' ',
    '\n',
    '\n  ',
    '\\',
    '\\n',
    '\\"',
  ],
  ...[
    'n',
    'u',
    '00',
    '0',
    '7',
    '12',
    '-',
    '.',
    '.5',
    'e',
    'true',
    'tru',
    'null',
    'Größe',
    '名',
    'é',
    'a',
    'name',
    'nam',
    'kind',
    'circle',
    '😀x',
  ],
].map((word) => encoder.encode(word))
// With every byte there is always a token that can go on.
words.push(...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)))
words.push(
  Uint8Array.of(0xc3),
  Uint8Array.of(0xa9),
  Uint8Array.of(0xf0, 0x9f),
  Uint8Array.of(0x98, 0x80, 0x22),
  Uint8Array.of(0xff),
)
const small = createVocabulary({
  tokenizer: { bytesOf: (id) => words[id] ?? new Uint8Array(), isControl: (id) => id === 0 },
  size: words.length + 3,
  endIds: new Set([endId]),
})

function constraintOf(schema: unknown, vocabulary = small): Constraint {
  const compiled = compiler(vocabulary).compile({
    key: JSON.stringify(schema),
    param: 'schema',
    make: () => schemaGrammar(schema, 'schema'),
  })
  return createGrammarConstraint(compiled)
}

const bundled = bundledVocabulary()
const compilers = new Map<Vocabulary, GrammarCompiler>()

function compiler(vocabulary: Vocabulary): GrammarCompiler {
  const known = compilers.get(vocabulary) ?? new GrammarCompiler(() => vocabulary)
  compilers.set(vocabulary, known)
  return known
}

describe('a mask', () => {
  it('allows exactly the tokens that are accepted, wherever an answer stands', async () => {
    const random = createSeededRandom(4)
    const { vocabulary } = await bundled
    for (let round = 0; round < 60; round++) {
      const schema = randomSchema(random)
      const vocabularyOfRound = round % 12 === 0 ? vocabulary : small
      const path: number[] = []
      for (let step = 0; step < 12; step++) {
        const reached = async () => {
          const constraint = constraintOf(schema, vocabularyOfRound)
          for (const id of path) await constraint.accept(id, never)
          return constraint
        }
        const mask = await (await reached()).mask(never)
        const accepted: number[] = []
        // One that is accepted moves on, so the next is tried from the same place anew.
        let constraint = await reached()
        for (let id = 0; id < vocabularyOfRound.size; id++) {
          const isAccepted = await constraint.accept(id, never)
          if (isAccepted !== isInMask(mask, id))
            throw new Error(`token ${id} behind ${path} of ${JSON.stringify(schema)}`)
          if (!isAccepted) continue
          accepted.push(id)
          if (accepted.length < 200) constraint = await reached()
          else break
        }
        const next = accepted.filter((id) => id !== endId && id !== 5)
        const one = next[Math.floor(random() * next.length)]
        if (one === undefined) break
        path.push(one)
      }
    }
  })

  it.each([
    ['any string', { type: 'string' }, '"ab'],
    ['the beginning of one', { type: 'string' }, '"'],
    ['one that is still too short', { type: 'string', minLength: 6 }, '"ab'],
    ['one that has little room', { type: 'string', maxLength: 4 }, '"ab'],
    ['one that is full', { type: 'string', minLength: 2, maxLength: 2 }, '"é名'],
    ['an escape', { type: 'string', maxLength: 9 }, '"\\'],
    ['a code point by number', { type: 'string', maxLength: 9 }, '"\\uD'],
    ['one among others', { anyOf: [{ const: 'abc' }, { type: 'string', minLength: 5 }] }, '"ab'],
    [
      'two with other bounds and other things behind them',
      {
        anyOf: [
          { type: 'array', items: { type: 'string', maxLength: 3 }, maxItems: 2 },
          { type: 'array', prefixItems: [{ type: 'string', minLength: 4 }, { type: 'integer' }], minItems: 2 },
        ],
      },
      '["ab',
    ],
    ['the name of a member', { type: 'object', additionalProperties: { type: 'integer' } }, '{"ab'],
  ])('allows of all tokens exactly those that are accepted inside %s', async (_, schema, start) => {
    const { vocabulary } = await bundled
    for (const of of [vocabulary, small]) {
      const param = 'schema'
      const compiled = compiler(of).compile({
        key: JSON.stringify(schema),
        param,
        make: () => schemaGrammar(schema, param),
      })
      const mask = await createGrammarConstraint(compiled, start).mask(never)
      const wrong: number[] = []
      for (let id = 0; id < of.size; id++) {
        const isAccepted = await createGrammarConstraint(compiled, start).accept(id, never)
        if (isAccepted !== isInMask(mask, id)) wrong.push(id)
      }
      expect(wrong).toEqual([])
    }
  })

  it('allows the end only where the text may end, and control tokens and ids without a word never', async () => {
    const constraint = constraintOf({ enum: [0, 7] })
    expect(isInMask(await constraint.mask(never), endId)).toBe(false)
    expect(await constraint.accept(endId, never)).toBe(false)
    const seven = words.findIndex((word) => word.length === 1 && word[0] === 0x37)
    expect(await constraint.accept(seven, never)).toBe(true)
    const mask = await constraint.mask(never)
    expect(Array.from({ length: 32 * mask.length }, (_, id) => id).filter((id) => isInMask(mask, id))).toEqual([endId])
    expect(await constraint.accept(endId, never)).toBe(true)
    for (const id of [0, words.length, words.length + 2, 10_000]) {
      expect(await constraintOf({ type: 'string' }).accept(id, never)).toBe(false)
    }
  })

  it('is an error that says so where the vocabulary has no token for what must come', async () => {
    const letters = createVocabulary({
      tokenizer: { bytesOf: () => encoder.encode('a'), isControl: () => false },
      size: 3,
      endIds: new Set(),
    })
    const constraint = constraintOf({ const: 'b' }, letters)
    await expect(constraint.mask(never)).rejects.toMatchObject({ code: 'unsupported-field', param: 'schema' })
  })

  it('is found again at the same place without being made again', async () => {
    const compiler = new GrammarCompiler(() => small)
    const grammar = { key: 'x', param: 'schema', make: () => schemaGrammar({ type: 'string' }, 'schema') }
    const masks = await Promise.all([0, 1].map(() => createGrammarConstraint(compiler.compile(grammar)).mask(never)))
    expect(masks[0]).toBe(masks[1])
  })
})
