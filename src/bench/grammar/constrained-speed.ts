import { startOnnxEngine } from '../../engines/onnx/onnx-engine.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import { systemClock } from '../../spec/system-clock.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { median, quantile } from '../statistics.ts'
import { type AnswerKind, answerKinds, requestOf } from './answer-kinds.ts'

export interface ConstrainedSpeedOptions extends BenchContext {
  /** A model whose answers nothing ends. */
  readonly manifest: ModelManifest
  /** How the figures call it. */
  readonly label: string
  readonly threads: number
  readonly rounds: number
  /** Tokens that are timed in each answer. */
  readonly tokens: number
  /** Answers of each kind in a round, in turns. */
  readonly turns: number
}

/** Tokens in front of those that are timed; their time is taken off, with that of the prompt. */
const untimed = 8

/** Milliseconds per token of free text and of answers under a schema, in turns, round by round, in one engine. */
export async function measureConstrainedSpeed(options: ConstrainedSpeedOptions): Promise<readonly Figure[]> {
  const { manifest, threads, rounds, turns, tokens, label, say } = options
  await using engine = await startOnnxEngine({ manifest, threads, kvBudgetBytes: 2 ** 29, clock: systemClock })

  async function milliseconds(kind: AnswerKind, schema: number, count: number): Promise<number> {
    const start = performance.now()
    let counted = 0
    for await (const part of engine.generate(
      requestOf(kind, { schema, tokens: count }),
      new AbortController().signal,
    )) {
      if (part.type === 'finish') counted = part.usage.completionTokens
    }
    if (counted !== count) throw new Error(`${kind} of ${label} ended after ${counted} of ${count} tokens`)
    return performance.now() - start
  }

  const first = await milliseconds('new schema', 0, 1)
  const perToken: Record<AnswerKind, number[]> = { 'free text': [], 'new schema': [], 'known schema': [] }
  for (let round = 1; round <= rounds; round++) {
    say(`${label}, round ${round} of ${rounds}`)
    for (let turn = 0; turn < turns; turn++) {
      const schema = round * turns + turn
      // What a new schema costs before its first token belongs to it: only the beginning of a free answer is taken off.
      const beginning = await milliseconds('free text', schema, untimed)
      for (const kind of answerKinds) {
        perToken[kind].push(((await milliseconds(kind, schema, untimed + tokens)) - beginning) / tokens)
      }
    }
  }
  return figuresOf(perToken, { label, first })
}

/** Rows of one model. `first`: milliseconds of the first constrained answer of a process, of one token. */
export function figuresOf(
  perToken: Readonly<Record<AnswerKind, readonly number[]>>,
  { label, first }: { readonly label: string; readonly first: number },
): readonly Figure[] {
  const ratios = (kind: AnswerKind) =>
    perToken[kind].map((ms, turn) => ms / (perToken['free text'][turn] ?? Number.NaN))
  const constrained = answerKinds.filter((kind) => kind !== 'free text')
  return [
    ...answerKinds.map((kind) => ({ name: `${kind}, ${label}`, value: median(perToken[kind]), unit: 'ms/token' })),
    ...constrained.map((kind) => ({
      name: `${kind} / free text, ${label}`,
      value: median(ratios(kind)),
      unit: 'ratio',
      goal: '<= 1.15' as const,
    })),
    ...constrained.map((kind) => ({
      name: `middle half of ${kind} / free text, ${label}`,
      value: quantile(ratios(kind), 0.75) - quantile(ratios(kind), 0.25),
      unit: 'ratio',
    })),
    { name: `first constrained token of a process, ${label}`, value: first, unit: 'ms' },
  ]
}
