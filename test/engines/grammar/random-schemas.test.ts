import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { GrammarCompiler } from '../../../src/engines/grammar/grammar-compiler.ts'
import { createGrammarConstraint } from '../../../src/engines/grammar/grammar-constraint.ts'
import { schemaGrammar } from '../../../src/engines/grammar/schema-grammar.ts'
import { bundledVocabulary } from './bundled-vocabulary.ts'
import { walk } from './constrained-walk.ts'
import { randomSchema } from './random-schema.ts'
import { fault } from './satisfies.ts'

describe('answers of random tokens under 1,000 generated schemas', () => {
  it('are JSON that satisfies the schema, each of them that ends', { timeout: 120_000 }, async () => {
    const { vocabulary, ...rest } = await bundledVocabulary()
    const compiler = new GrammarCompiler(() => vocabulary)
    const random = createSeededRandom(20261122)
    const faults: unknown[] = []
    let ended = 0
    for (let round = 0; round < 1000; round++) {
      const schema = randomSchema(random)
      const make = () => schemaGrammar(schema, 'schema')
      const constraint = createGrammarConstraint(
        compiler.compile({ key: JSON.stringify(schema), param: 'schema', make }),
      )
      const text = await walk({ ...rest, constraint, random })
      if (text === undefined) continue
      ended++
      const wrong = fault(JSON.parse(text), schema)
      if (wrong !== undefined) faults.push({ wrong, schema, text })
    }
    expect(faults).toEqual([])
    expect(ended).toBeGreaterThan(950)
  })
})
