import { type Command, InvalidArgumentError, Option } from 'commander'
import { modelReference } from '../../edge/local-server/settings.ts'
import type { Answer } from '../../evaluation/answer.ts'
import type { TokenPrice } from '../../evaluation/summary.ts'
import type { ModelEvaluation } from '../../spec/evaluation.ts'
import { addSettingsOptions, readSettings, type SettingsOptions } from '../settings.ts'
import { makeStateFolder } from '../state-folder.ts'
import { listenForStop } from '../stop-signal.ts'

export interface EvalOptions extends SettingsOptions {
  readonly data: string
  readonly model: readonly string[]
  readonly variant?: string
  readonly replay: readonly string[]
  readonly record?: string
  readonly limit?: number
  readonly maxTokens: number
  readonly keyEnv?: string
  readonly price?: TokenPrice
  readonly json?: true
}

/** `edgewise eval`: how good, how fast and how dear models are on the owner's own tasks. */
export function registerEval(program: Command): void {
  const command = program
    .command('eval')
    .description('measure models on your own tasks: quality, first token, tokens/s, price')
    .requiredOption('--data <file>', 'tasks as JSON lines: prompt or messages, expect, score')
    .option('--model <model>', 'folder, hf: reference, or https://host/v1#name; may be repeated', collect, [])
    .option('--variant <name>', 'which quantisation of a model in a folder')
    .option('--replay <file>', 'recorded answers in place of a model; may be repeated', collect, [])
    .option('--record <file>', 'write the answers of the one model here, for --replay and calibrate')
    .addOption(new Option('--limit <count>', 'only the first so many tasks').argParser(wholeNumber))
    .addOption(new Option('--max-tokens <count>', 'longest answer').argParser(wholeNumber).default(256))
    .option('--key-env <name>', 'variable with the API key of the server')
    .addOption(new Option('--price <in,out>', 'US dollars for a million tokens in and out').argParser(tokenPrice))
    .option('--json', 'print what is found as JSON')
    .action(evaluate)
    .addHelpText('after', examples)
  addSettingsOptions(command)
}

const examples = `
Examples:
  edgewise eval --data tasks.jsonl
  edgewise eval --data tasks.jsonl --model ./models/edgewise-edge --model ./models/edgewise-cloud
  edgewise eval --data tasks.jsonl --model http://127.0.0.1:8080/v1#qwen3 --record answers.jsonl

A line of tasks.jsonl:
  {"prompt": "Intent: wake me at six", "expect": "alarm", "score": "exact", "task": "intent"}
Scores: exact, contains, choice, numeric, regex, json-field-f1, word-f1. The tasks are sent to a server as they are.`

async function evaluate(options: EvalOptions): Promise<void> {
  using stop = listenForStop({ signals: process, exit: (code) => process.exit(code) })
  const { runEvaluation } = await import('../evaluation/run-evaluation.ts')
  const { tellEvaluations } = await import('../evaluation/tell-evaluation.ts')
  const { config, stateFolder } = await readSettings(options)
  await makeStateFolder(stateFolder)
  const evaluations = await runEvaluation({
    options,
    configured: config.edge.model === undefined ? undefined : modelReference(config.edge.model),
    stateFolder,
    signal: stop.signal,
    progress: (text) => process.stderr.write(text),
  })
  process.stdout.write(`${options.json ? JSON.stringify(evaluations, null, 2) : tellEvaluations(evaluations)}\n`)
}

/** What an evaluation found, and the answers it was found from. */
export interface Evaluated {
  readonly evaluation: ModelEvaluation
  readonly answers: readonly Answer[]
}

/** For options that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/** A whole number from 1 up. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('It must be a whole number from 1 up.')
}

function tokenPrice(text: string): TokenPrice {
  const [promptUsd, completionUsd, ...rest] = text
    .split(',')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const isPrice = (value: number | undefined) => value !== undefined && value >= 0 && Number.isFinite(value)
  if (!isPrice(promptUsd) || !isPrice(completionUsd) || rest.length > 0) {
    throw new InvalidArgumentError('It must look like 0.15,0.60.')
  }
  return { promptUsd: promptUsd ?? 0, completionUsd: completionUsd ?? 0 }
}
