import { expect, it } from 'vitest'
import { requestOf } from '../../../src/bench/grammar/answer-kinds.ts'
import { figuresOf } from '../../../src/bench/grammar/constrained-speed.ts'
import { schemaGrammar } from '../../../src/engines/grammar/schema-grammar.ts'

it('holds each constrained answer against the free one of its own turn', () => {
  const perToken = { 'free text': [1, 2, 4], 'new schema': [1.5, 2.2, 4.4], 'known schema': [1, 2.2, 8] }
  const figures = figuresOf(perToken, { label: 'x', first: 7 })
  expect(figures).toContainEqual({ name: 'free text, x', value: 2, unit: 'ms/token' })
  const [fresh, known] = figures.filter(({ goal }) => goal !== undefined)
  expect(fresh).toMatchObject({ name: 'new schema / free text, x', goal: '<= 1.15', value: expect.closeTo(1.1) })
  expect(known).toMatchObject({ name: 'known schema / free text, x', value: expect.closeTo(1.1) })
})

it('asks for schemas that can be compiled, another for each number', () => {
  const schemas = [1, 2].map((schema) => requestOf('new schema', { schema, tokens: 8 }).responseFormat)
  expect(schemas[0]).not.toEqual(schemas[1])
  for (const format of schemas) {
    if (format?.type !== 'json_schema') throw new Error('there is no schema')
    expect(schemaGrammar(format.schema, 'x')).toMatchObject({ kind: 'rule' })
  }
  expect(requestOf('free text', { schema: 1, tokens: 8 }).responseFormat).toBe(undefined)
})
