import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { answerGrammar } from '../../../src/engines/grammar/answer-grammar.ts'
import { GrammarCompiler } from '../../../src/engines/grammar/grammar-compiler.ts'
import { createGrammarConstraint } from '../../../src/engines/grammar/grammar-constraint.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { someRequest } from '../some-request.ts'
import { bundledVocabulary } from './bundled-vocabulary.ts'
import { walk } from './constrained-walk.ts'
import { hostileSchema } from './hostile-schemas.ts'
import { fault } from './satisfies.ts'

const { vocabulary, ...rest } = await bundledVocabulary()
const random = createSeededRandom(666)
const compiler = new GrammarCompiler(() => vocabulary)

async function answerTo(schema: unknown): Promise<string | undefined> {
  const responseFormat = { type: 'json_schema', name: 'hostile', schema: schema as never } as const
  const grammar = answerGrammar(someRequest('', { responseFormat }))
  if (grammar === undefined) throw new Error('there is no grammar')
  const constraint = createGrammarConstraint(compiler.compile(grammar))
  return walk({ ...rest, constraint, random, patience: 10, room: 120 })
}

/** The beginning of a schema, which may be too deep to be written. */
function outline(schema: unknown): string {
  return inspect(schema, { depth: 5 }).slice(0, 300)
}

describe('1,000 hostile schemas', () => {
  it('are refused with 400 or answered right, and the next request is answered', {
    timeout: 240_000,
  }, async () => {
    const outcomes = { refused: 0, right: 0, endless: 0 }
    const faults: unknown[] = []
    for (let round = 0; round < 1000; round++) {
      const schema = hostileSchema(random)
      try {
        const text = await answerTo(schema)
        if (text === undefined) outcomes.endless++
        else {
          const wrong = fault(JSON.parse(text), schema as never)
          if (wrong === undefined) outcomes.right++
          else faults.push({ wrong, schema: outline(schema), text: text.slice(0, 300) })
        }
      } catch (thrown) {
        if (thrown instanceof EdgewiseError && thrown.status === 400) outcomes.refused++
        else faults.push({ thrown, schema: outline(schema) })
      }
    }
    expect(faults).toEqual([])
    expect(outcomes.refused).toBeGreaterThan(300)
    expect(outcomes.right).toBeGreaterThan(300)
    expect(await answerTo({ type: 'object', properties: { ok: { const: true } }, required: ['ok'] })).toMatch(
      /"ok":\s*true/,
    )
  })
})
