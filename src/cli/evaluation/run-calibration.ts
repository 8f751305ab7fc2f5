import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { stringify } from 'yaml'
import type { EdgeConfig } from '../../edge/config.ts'
import { modelReference } from '../../edge/local-server/settings.ts'
import { bundledEdgeModel } from '../../edge/presets/local-model.ts'
import { createSeededRandom } from '../../engines/generation/seeded-random.ts'
import type { Answer } from '../../evaluation/answer.ts'
import { matchAnswers } from '../../evaluation/match-answers.ts'
import { routedExamples } from '../../evaluation/routed-examples.ts'
import { readTasks, type Task } from '../../evaluation/task.ts'
import { calibrateCascade, type RoutingLine } from '../../routers/calibrate.ts'
import type { CalibratedModel, Calibration } from '../../routers/calibration.ts'
import type { ThresholdEffect, Wish } from '../../routers/choose-threshold.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { CalibrateOptions } from '../commands/calibrate.ts'
import { answerAll } from './answer-all.ts'
import { identify, openModel } from './open-model.ts'
import { plotCurve } from './plot-curve.ts'
import { readRecording } from './read-recording.ts'
import { readText } from './read-text.ts'

export interface RunCalibrationOptions {
  readonly options: CalibrateOptions
  readonly config: EdgeConfig
  readonly stateFolder: string
  readonly signal: AbortSignal
  readonly progress: (text: string) => void
}

export interface FoundCalibration {
  readonly wish: Wish
  readonly model: string
  readonly cloudModel: string
  readonly effect: ThresholdEffect
  readonly lines: readonly Omit<RoutingLine, 'curve'>[]
  readonly files: { readonly calibration: string; readonly policy: string; readonly plot: string }
}

interface Side {
  readonly name: string
  readonly answers: readonly Answer[]
  readonly identity?: CalibratedModel
}

/** Fewer rows say nothing about a threshold; a few hundred say something. */
const fewestRows = 20

/** Gets both models' answers, fits the cascade, and writes calibration, policy patch and plot. */
export async function runCalibration(run: RunCalibrationOptions): Promise<FoundCalibration> {
  const { options, config, progress } = run
  const tasks = options.data === undefined ? undefined : readTasks((await readText(options.data)).text, options.data)
  const chosen = tasks?.slice(0, options.limit)
  const localModel = options.model ?? modelReference(config.model ?? bundledEdgeModel)
  const local = await sideOf(run, 'local', { replay: options.localReplay, reference: localModel, tasks: chosen })
  const cloud = await sideOf(run, 'cloud', { replay: options.cloudReplay, reference: options.cloud, tasks: chosen })
  const examples = routedExamples(local.answers, cloud.answers).slice(0, options.limit)
  if (examples.length < fewestRows) {
    throw new EdgewiseError(
      'config-invalid',
      `${examples.length} rows are too few to calibrate with: give ${fewestRows} at least, better some hundreds.`,
    )
  }
  progress(`fitting to ${examples.length} rows\n`)
  const wish = wishOf(options)
  const decideAfterTokens = options.decideAfter ?? config.policy.cascade.decideAfterTokens
  const random = createSeededRandom(options.seed)
  const { router, effect, lines } = calibrateCascade({ examples, decideAfterTokens, wish, random })
  const calibration: Calibration = {
    format: 'edgewise-calibration',
    version: 1,
    madeAt: new Date().toISOString(),
    ...(local.identity === undefined ? {} : { model: local.identity }),
    cloudModel: cloud.name,
    decideAfterTokens,
    threshold: effect.threshold,
    router,
    evidence: effect,
  }
  const files = await writeFiles(options.out, calibration, await plotCurve({ lines, effect }))
  const told = lines.map(({ curve: _, ...line }) => line)
  return { wish, model: local.name, cloudModel: cloud.name, effect, lines: told, files }
}

interface SideSource {
  readonly replay: string | undefined
  readonly reference: string | undefined
  readonly tasks: readonly Task[] | undefined
}

async function sideOf(
  { options, stateFolder, signal, progress }: RunCalibrationOptions,
  side: 'local' | 'cloud',
  { replay, reference, tasks }: SideSource,
): Promise<Side> {
  if (replay !== undefined) {
    const recorded = await readRecording(replay, side)
    const answers = tasks === undefined ? recorded : matchAnswers(tasks, recorded, replay)
    // A model named beside its recording is what the calibration is bound to; it is not started.
    if (side === 'cloud' || options.model === undefined) return { name: basename(replay), answers }
    const identity = await identify({ reference: options.model, variant: options.variant, stateFolder })
    return { name: identity.id, answers, identity }
  }
  if (reference === undefined) {
    throw new EdgewiseError(
      'config-invalid',
      'The cloud model is missing: name it with --cloud, or its recorded answers with --cloud-replay.',
    )
  }
  if (tasks === undefined) {
    throw new EdgewiseError('config-invalid', `There are no tasks to put to ${reference}: name them with --data.`)
  }
  const apiKey = options.keyEnv === undefined ? undefined : process.env[options.keyEnv]
  const variant = side === 'local' ? options.variant : undefined
  await using model = await openModel({
    reference,
    variant,
    stateFolder,
    apiKey,
    wantsLogprobs: side === 'local',
    signal,
  })
  const answers = await answerAll({ generator: model.generator, tasks, maxTokens: options.maxTokens, signal, progress })
  return {
    name: model.generator.model,
    answers,
    ...(model.identity === undefined ? {} : { identity: model.identity }),
  }
}

function wishOf({ within = 0.01, quality, localShare }: CalibrateOptions): Wish {
  if (quality !== undefined) return { quality }
  return localShare === undefined ? { within } : { localShare }
}

async function writeFiles(out: string, calibration: Calibration, svg: string): Promise<FoundCalibration['files']> {
  const folder = resolve(out)
  const files = {
    calibration: join(folder, 'calibration.json'),
    policy: join(folder, 'policy.yaml'),
    plot: join(folder, 'curve.svg'),
  }
  const patch = { edge: { policy: { mode: 'prefer-edge', cascade: { calibration: files.calibration } } } }
  await mkdir(folder, { recursive: true })
  await writeFile(files.calibration, `${JSON.stringify(calibration)}\n`)
  await writeFile(files.policy, `# Put this into edgewise.yaml.\n${stringify(patch)}`)
  await writeFile(files.plot, svg)
  return files
}
