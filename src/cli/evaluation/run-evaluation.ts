import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { bundledEdgeModel } from '../../edge/presets/local-model.ts'
import { writeAnswers } from '../../evaluation/answer.ts'
import { matchAnswers } from '../../evaluation/match-answers.ts'
import { summarise } from '../../evaluation/summary.ts'
import { readTasks, type Task } from '../../evaluation/task.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ModelEvaluation } from '../../spec/evaluation.ts'
import { openStore } from '../../store/open-store.ts'
import type { EvalOptions, Evaluated } from '../commands/eval.ts'
import { answerAll } from './answer-all.ts'
import { openModel } from './open-model.ts'
import { readRecording } from './read-recording.ts'
import { readText } from './read-text.ts'

export interface RunEvaluationOptions {
  readonly options: EvalOptions
  /** Model of the settings, for a run that names none. */
  readonly configured: string | undefined
  readonly stateFolder: string
  readonly signal: AbortSignal
  readonly progress: (text: string) => void
}

/** Puts the tasks to every model named, keeps what was found in the store for the planner, and gives it. */
export async function runEvaluation(run: RunEvaluationOptions): Promise<readonly ModelEvaluation[]> {
  const { options, configured = bundledEdgeModel, stateFolder } = run
  const { text, digest } = await readText(options.data)
  const tasks = readTasks(text, options.data).slice(0, options.limit)
  const models = options.model.length + options.replay.length === 0 ? [configured] : options.model
  if (options.record !== undefined && models.length !== 1) {
    throw new EdgewiseError('config-invalid', '--record keeps the answers of one model: name one --model.')
  }
  const evaluations: ModelEvaluation[] = []
  for (const reference of models) {
    const { evaluation, answers } = await evaluateLive(run, reference, tasks, digest)
    if (options.record !== undefined) await writeFile(options.record, writeAnswers(answers), { mode: 0o600 })
    evaluations.push(evaluation)
  }
  for (const path of options.replay) {
    const answers = matchAnswers(tasks, await readRecording(path, 'local'), path)
    evaluations.push({ ...heading(digest), model: basename(path), rows: summarise(answers, options.price) })
  }
  await using store = await openStore({ path: join(stateFolder, 'edge.db') })
  for (const evaluation of evaluations) await store.evaluations.save(evaluation)
  return evaluations
}

async function evaluateLive(
  { options, stateFolder, signal, progress }: RunEvaluationOptions,
  reference: string,
  tasks: readonly Task[],
  digest: string,
): Promise<Evaluated> {
  const apiKey = options.keyEnv === undefined ? undefined : process.env[options.keyEnv]
  await using model = await openModel({
    reference,
    variant: options.variant,
    stateFolder,
    apiKey,
    wantsLogprobs: options.record !== undefined,
    signal,
  })
  const { generator, identity } = model
  const answers = await answerAll({ generator, tasks, maxTokens: options.maxTokens, signal, progress })
  const weights = identity === undefined ? {} : { variant: identity.variant, digest: identity.digest }
  const rows = summarise(answers, options.price)
  return { evaluation: { ...heading(digest), model: generator.model, ...weights, rows }, answers }
}

function heading(data: string) {
  return { evaluatedAt: Date.now(), data }
}
