import { type Command, InvalidArgumentError, Option } from 'commander'
import { addSettingsOptions, readSettings, type SettingsOptions } from '../settings.ts'
import { listenForStop } from '../stop-signal.ts'
import { wholeNumber } from './eval.ts'

export interface CalibrateOptions extends SettingsOptions {
  readonly data?: string
  readonly model?: string
  readonly variant?: string
  readonly localReplay?: string
  readonly cloud?: string
  readonly cloudReplay?: string
  readonly within?: number
  readonly quality?: number
  readonly localShare?: number
  readonly decideAfter?: number
  readonly limit?: number
  readonly maxTokens: number
  readonly keyEnv?: string
  readonly seed: number
  readonly out: string
  readonly json?: true
}

/** `edgewise calibrate`: sets the cascade by evidence. */
export function registerCalibrate(program: Command): void {
  const command = program
    .command('calibrate')
    .description('fit the cascade to your own tasks: what the local model may keep, and what it passes on')
    .option('--data <file>', 'tasks as JSON lines, as for `edgewise eval`; not needed when recordings hold scores')
    .option('--model <model>', 'local model: folder or hf: reference (default: the one of the settings)')
    .option('--variant <name>', 'which quantisation of it')
    .option('--local-replay <file>', 'recorded answers of the local model in its place')
    .option('--cloud <model>', 'cloud model: https://host/v1#name, or a folder')
    .option('--cloud-replay <file>', 'recorded answers of the cloud model in its place')
    .addOption(percentOption('--within <points>', 'be at most so much worse than the cloud model (default: 1)'))
    .addOption(percentOption('--quality <percent>', 'or: be at least so good').conflicts('within'))
    .addOption(
      percentOption('--local-share <percent>', 'or: answer so many requests locally').conflicts(['within', 'quality']),
    )
    .addOption(new Option('--decide-after <tokens>', 'judge a draft by so many tokens').argParser(wholeNumber))
    .addOption(new Option('--limit <count>', 'only the first so many tasks').argParser(wholeNumber))
    .addOption(new Option('--max-tokens <count>', 'longest answer').argParser(wholeNumber).default(256))
    .option('--key-env <name>', 'variable with the API key of the cloud model’s server')
    .addOption(new Option('--seed <number>', 'of the folds and resamples').argParser(wholeNumber).default(1))
    .option('--out <folder>', 'where calibration.json, policy.yaml and curve.svg go', 'calibration')
    .option('--json', 'print what is found as JSON')
    .action(calibrate)
    .addHelpText('after', examples)
  addSettingsOptions(command)
}

const examples = `
Examples:
  edgewise calibrate --data tasks.jsonl --cloud https://hub.example/v1#big-model --key-env BIG_KEY
  edgewise calibrate --data tasks.jsonl --local-replay edge.jsonl --cloud-replay cloud.jsonl --local-share 60

Recorded answers come from \`edgewise eval --record\`; files of ZeroEval and RouteLLM are read too.
All figures are from cross-validation: each row is judged by a router that has not seen it.`

async function calibrate(options: CalibrateOptions): Promise<void> {
  using stop = listenForStop({ signals: process, exit: (code) => process.exit(code) })
  const { runCalibration } = await import('../evaluation/run-calibration.ts')
  const { tellCalibration } = await import('../evaluation/tell-calibration.ts')
  const { config, stateFolder } = await readSettings(options)
  const found = await runCalibration({
    options,
    config: config.edge,
    stateFolder,
    signal: stop.signal,
    progress: (text) => process.stderr.write(text),
  })
  process.stdout.write(`${options.json ? JSON.stringify(found, null, 2) : tellCalibration(found)}\n`)
}

function percentOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= 0 && value <= 100) return value / 100
    throw new InvalidArgumentError('It must be a number from 0 to 100.')
  })
}
