import { describe, expect, it } from 'vitest'
import { readCommaSeparated } from '../../../src/evaluation/recordings/comma-separated.ts'
import { readRouteLlm } from '../../../src/evaluation/recordings/routellm.ts'
import { readZeroEval } from '../../../src/evaluation/recordings/zeroeval.ts'

describe('readCommaSeparated', () => {
  it('reads quotes, commas and line ends in fields, and empty ones', () => {
    const text = 'a,"b, ""c""\r\nd",\r\n,e,"f"\n'
    expect(readCommaSeparated(text)).toEqual([
      ['a', 'b, "c"\r\nd', ''],
      ['', 'e', 'f'],
    ])
    expect(readCommaSeparated('a,b')).toEqual([['a', 'b']])
    expect(readCommaSeparated('')).toEqual([])
  })
})

describe('readRouteLlm', () => {
  it('gives a score of each model to each prompt', () => {
    const { weakModel, weak, strong } = readRouteLlm('prompt,small,large\n"Which,\none?",False,True\n', 'm.csv')
    expect(weakModel).toBe('small')
    expect(weak).toEqual([{ id: 'm.csv#0', task: 'm.csv', prompt: 'Which,\none?', score: 0 }])
    expect(strong[0]?.score).toBe(1)
  })

  it.each([
    ['a,b,c\n', 'first line'],
    ['prompt,s,l\nx,True,maybe\n', 'row 2'],
  ])('refuses %j', (text, words) => {
    expect(() => readRouteLlm(text, 'm.csv')).toThrow(expect.objectContaining({ code: 'config-invalid' }))
    expect(() => readRouteLlm(text, 'm.csv')).toThrow(words)
  })
})

describe('readZeroEval', () => {
  it('scores the number in the field answer', () => {
    const row = {
      id: 'g-0',
      question: 'How many?',
      answer: '# 1,200',
      output: ['{"reasoning": "3", "answer": "1200"}'],
    }
    expect(readZeroEval(JSON.stringify([row]), 'z.json')).toMatchObject([{ id: 'g-0', prompt: 'How many?', score: 1 }])
  })

  it('refuses anything else', () => {
    expect(() => readZeroEval('[{}]', 'z.json')).toThrow('no result file of ZeroEval')
    expect(() => readZeroEval('{', 'z.json')).toThrow('no result file of ZeroEval')
  })
})
