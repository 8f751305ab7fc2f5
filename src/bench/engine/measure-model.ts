import { join } from 'node:path'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import { startBare } from './bare-runner.ts'
import { requireShownFirstToken, startEdgewise } from './edgewise-runner.ts'
import { writeRewrittenGraph } from './rewritten-graph.ts'
import type { Prompt, Runner, TimedAnswer } from './runner.ts'

/** `bare`: a plain loop over the graph as exported; `bare on our graph`: a loop over the graph that Edgewise makes of it. */
export const runnerNames = ['edgewise', 'bare', 'bare on our graph'] as const
export type RunnerName = (typeof runnerNames)[number]

/** One kind of answer: `tokens` tokens behind a prompt. */
export interface Scenario {
  readonly prompt: Prompt
  readonly tokens: number
}

export interface ScenarioRuns extends Scenario {
  /** In the order of the rounds. */
  readonly answers: Readonly<Record<RunnerName, readonly TimedAnswer[]>>
}

export interface ModelRuns {
  readonly scenarios: readonly ScenarioRuns[]
  readonly rssMiB: Readonly<Record<RunnerName, number>>
}

export interface MeasureModelOptions {
  readonly manifest: ModelManifest
  readonly scenarios: readonly Scenario[]
  readonly threads: number
  readonly rounds: number
  /** For the rewritten graph. */
  readonly scratch: string
  /** Called before each round, while no runner works. */
  readonly beforeRound: (round: number) => Promise<void>
}

/** Lets all runners answer all scenarios in turns, round by round, after one turn that does not count. */
export async function measureModel(options: MeasureModelOptions): Promise<ModelRuns> {
  const { scenarios, rounds, beforeRound } = options
  await using opened = new AsyncDisposableStack()
  const runners = await startRunners(options, opened)
  const runs = scenarios.map((scenario) => ({ ...scenario, answers: emptyAnswers() }))
  for (const { prompt } of scenarios) {
    await requireShownFirstToken(runners.edgewise, prompt)
    for (const name of runnerNames) await runners[name].answer(prompt, 2)
  }
  for (let round = 1; round <= rounds; round++) {
    await beforeRound(round)
    for (const { prompt, tokens, answers } of runs) {
      for (const name of runnerNames) answers[name].push(await runners[name].answer(prompt, tokens))
    }
  }
  const rssMiB = {
    edgewise: await runners.edgewise.rssMiB(),
    bare: await runners.bare.rssMiB(),
    'bare on our graph': await runners['bare on our graph'].rssMiB(),
  }
  return { scenarios: runs, rssMiB }
}

async function startRunners({ manifest, threads, scratch }: MeasureModelOptions, opened: AsyncDisposableStack) {
  const path = join(manifest.folder, manifest.variants[0]?.path ?? '')
  const rewritten = join(scratch, `${manifest.id}-rewritten.onnx`)
  await writeRewrittenGraph(path, rewritten)
  const { kvHeads, headDim } = manifest
  const bare = { threads, kvHeads, headDim, folder: join(path, '..') }
  return {
    edgewise: opened.use(await startEdgewise({ manifest, threads })),
    bare: opened.use(await startBare({ ...bare, graph: path, kvCache: 'plain' })),
    'bare on our graph': opened.use(await startBare({ ...bare, graph: rewritten, kvCache: 'delta' })),
  } satisfies Record<RunnerName, Runner>
}

function emptyAnswers(): Record<RunnerName, TimedAnswer[]> {
  return { edgewise: [], bare: [], 'bare on our graph': [] }
}
