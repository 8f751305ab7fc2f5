import { dirname, join } from 'node:path'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import { startBare } from './bare-runner.ts'
import { type EdgewiseRunner, requireShownFirstToken, startEdgewise } from './edgewise-runner.ts'
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
  /** After each round. */
  readonly rssMiB: Readonly<Record<RunnerName, readonly number[]>>
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

/**
 * Lets all runners answer all scenarios in turns, round by round. Each round has new processes, so that
 * no run keeps the luck or bad luck of one; their first answers do not count.
 */
export async function measureModel(options: MeasureModelOptions): Promise<ModelRuns> {
  const { manifest, scenarios, rounds, scratch, beforeRound } = options
  const rewritten = join(scratch, `${manifest.id}-rewritten.onnx`)
  await writeRewrittenGraph(graphPath(manifest), rewritten)
  const runs = scenarios.map((scenario) => ({ ...scenario, answers: emptyLists<TimedAnswer>() }))
  const rssMiB = emptyLists<number>()
  for (let round = 1; round <= rounds; round++) {
    await beforeRound(round)
    await using opened = new AsyncDisposableStack()
    const runners = await startRunners({ ...options, rewritten }, opened)
    for (const { prompt } of scenarios) await warmUp(runners, prompt)
    for (const { prompt, tokens, answers } of runs) {
      for (const name of runnerNames) answers[name].push(await runners[name].answer(prompt, tokens))
    }
    for (const name of runnerNames) rssMiB[name].push(await runners[name].rssMiB())
  }
  return { scenarios: runs, rssMiB }
}

type Runners = Readonly<Record<RunnerName, Runner>> & { readonly edgewise: EdgewiseRunner }

async function startRunners(
  { manifest, threads, rewritten }: MeasureModelOptions & { rewritten: string },
  opened: AsyncDisposableStack,
): Promise<Runners> {
  const { kvHeads, headDim } = manifest
  const graph = graphPath(manifest)
  const bare = { threads, kvHeads, headDim, folder: dirname(graph) }
  return {
    edgewise: opened.use(await startEdgewise({ manifest, threads })),
    bare: opened.use(await startBare({ ...bare, graph, kvCache: 'plain' })),
    'bare on our graph': opened.use(await startBare({ ...bare, graph: rewritten, kvCache: 'delta' })),
  }
}

async function warmUp(runners: Runners, prompt: Prompt): Promise<void> {
  await requireShownFirstToken(runners.edgewise, prompt)
  for (const name of runnerNames) await runners[name].answer(prompt, 2)
}

/** The graph that is loaded: the first variant. */
function graphPath({ folder, variants }: ModelManifest): string {
  return join(folder, variants[0]?.path ?? '')
}

function emptyLists<T>(): Record<RunnerName, T[]> {
  return { edgewise: [], bare: [], 'bare on our graph': [] }
}
