import { describe, expect, it } from 'vitest'
import { readAnswers, writeAnswers } from '../../src/evaluation/answer.ts'
import { answerTasks } from '../../src/evaluation/answer-tasks.ts'
import { matchAnswers } from '../../src/evaluation/match-answers.ts'
import { routedExamples } from '../../src/evaluation/routed-examples.ts'
import { summarise } from '../../src/evaluation/summary.ts'
import { readTasks } from '../../src/evaluation/task.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { createScriptedGenerator } from '../../src/testing/scripted-generator.ts'
import { finish, sure } from '../placements/request.ts'

const tasks = readTasks(
  ['{"prompt":"one","expect":"yes","task":"a"}', '{"prompt":"two","expect":"yes","task":"b"}'].join('\n'),
  't.jsonl',
)

async function answersOf(script: Parameters<typeof createScriptedGenerator>[0]['script']) {
  const generator = createScriptedGenerator({ model: 'small', script })
  const { signal } = new AbortController()
  return Array.fromAsync(answerTasks({ generator, tasks, clock: createFakeClock(), signal, maxTokens: 9 }))
}

describe('answerTasks', () => {
  it('scores what the model says, with the tokens it said it with', async () => {
    const answers = await answersOf([
      [sure('y', 0.9), sure('es', 0.5), finish],
      [sure('no', 0.4), finish],
    ])
    expect(answers).toMatchObject([
      { id: '1', task: 'a', prompt: 'one', answer: 'yes', score: 1, promptTokens: 3, completionTokens: 2 },
      { id: '2', task: 'b', prompt: 'two', answer: 'no', score: 0 },
    ])
    expect(answers[0]?.tokens).toEqual([
      { token: 'y', logprob: Math.log(0.9) },
      { token: 'es', logprob: Math.log(0.5) },
    ])
    expect(readAnswers(writeAnswers(answers), 'a.jsonl')).toEqual(answers)
  })

  it('counts a task that fails as wrong, and goes on', async () => {
    const answers = await answersOf([[new EdgewiseError('overloaded', 'busy')], [sure('yes', 0.9), finish]])
    expect(answers).toMatchObject([{ score: 0, error: 'overloaded: busy' }, { score: 1 }])
    expect(summarise(answers)).toMatchObject([
      { task: 'a', rows: 1, quality: 0, errors: 1 },
      { task: 'b', rows: 1, quality: 1, errors: 0 },
      { task: 'all', rows: 2, quality: 0.5, errors: 1 },
    ])
  })

  it('gives tasks without a kind a row of their own beside those with one, and one row where no task has a kind', async () => {
    const answers = await answersOf([
      [sure('yes', 0.9), finish],
      [sure('no', 0.9), finish],
    ])
    const [first, second] = answers
    if (first === undefined || second === undefined) throw new Error('there are two tasks')
    expect(summarise([first, { ...second, task: 'all' }])).toMatchObject([
      { task: 'a', rows: 1, quality: 1 },
      { task: 'unnamed', rows: 1, quality: 0 },
      { task: 'all', rows: 2, quality: 0.5 },
    ])
    expect(summarise(answers.map((answer) => ({ ...answer, task: 'all' })))).toMatchObject([{ task: 'all', rows: 2 }])
  })

  it('knows what a thousand such tasks cost', async () => {
    const answers = await answersOf([
      [sure('yes', 0.9), finish],
      [sure('yes', 0.9), finish],
    ])
    const [row] = summarise(answers, { promptUsd: 1, completionUsd: 10 })
    // Three tokens in and two out.
    expect(row?.usdPerThousand).toBeCloseTo(0.023, 9)
  })
})

describe('recorded answers', () => {
  it('are matched by id or by prompt, and scored anew', () => {
    const recorded = readAnswers('{"id":2,"answer":"yes","score":0}\n{"prompt":"one","answer":"no"}', 'a.jsonl')
    expect(matchAnswers(tasks, recorded, 'a.jsonl')).toMatchObject([
      { id: '1', task: 'a', prompt: 'one', score: 0 },
      { id: '2', task: 'b', prompt: 'two', score: 1 },
    ])
  })

  it('are missed by name', () => {
    const recorded = readAnswers('{"id":"1","answer":"yes"}', 'a.jsonl')
    expect(() => matchAnswers(tasks, recorded, 'a.jsonl')).toThrow('a.jsonl has no answer to task 2')
  })

  it('make examples only where both models have a score', () => {
    const local = readAnswers('{"id":"1","prompt":"p","answer":"x","score":1}', 'l')
    expect(routedExamples(local, readAnswers('{"id":1,"score":0}', 'c'))).toEqual([
      { draft: { prompt: 'p', text: 'x' }, local: 1, cloud: 0 },
    ])
    expect(() => routedExamples(local, readAnswers('{"id":2,"score":0}', 'c'))).toThrow('no score from the cloud')
    expect(() => routedExamples(readAnswers('{"id":1}', 'l'), local)).toThrow('no score from the local')
  })
})
