import type { RoutedExample } from '../routers/fit-router.ts'
import { EdgewiseError } from '../spec/errors.ts'
import type { Answer } from './answer.ts'

/**
 * What a router learns from: the local model's answers with the scores of both models. Answers are matched by id, those without one by
 * prompt. Throws `config-invalid` when a score is missing or an answer has no counterpart.
 */
export function routedExamples(local: readonly Answer[], cloud: readonly Answer[]): readonly RoutedExample[] {
  const counterparts = new Map(cloud.map((answer) => [keyOf(answer), answer] as const))
  return local.map((answer, index) => {
    const other = counterparts.get(keyOf(answer))
    if (answer.score === undefined || other?.score === undefined) {
      throw new EdgewiseError(
        'config-invalid',
        `Answer ${answer.id ?? index + 1} has no score from ${answer.score === undefined ? 'the local' : 'the cloud'} model. Give the tasks with --data, so that answers are scored, and answers of both models to each.`,
      )
    }
    const { prompt = '', answer: text, tokens } = answer
    return {
      draft: {
        prompt,
        ...(text === undefined ? {} : { text }),
        ...(tokens === undefined
          ? {}
          : {
              tokens: tokens.map(({ token, logprob, runnerUp }) => ({
                token,
                logprob,
                ...(runnerUp === undefined ? {} : { runnerUp }),
              })),
            }),
      },
      local: answer.score,
      cloud: other.score,
    }
  })
}

function keyOf({ id, prompt }: Answer): string {
  return id === undefined ? `prompt ${prompt}` : `id ${id}`
}
