import type { Generator } from '../../engines/engine.ts'
import { startOnnxEngine } from '../../engines/onnx/onnx-engine.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { residentMiB } from './resident-memory.ts'
import type { Prompt, Runner, TimedAnswer } from './runner.ts'

/** An answer with its text. */
export interface ToldAnswer extends TimedAnswer {
  readonly text: string
}

export interface EdgewiseRunner extends Runner {
  answer(prompt: Prompt, tokens: number): Promise<ToldAnswer>
}

/** The engine as the edge runs it: timed from outside its process, from the request to the finished stream. */
export async function startEdgewise({
  manifest,
  threads,
}: {
  manifest: ModelManifest
  threads: number
}): Promise<EdgewiseRunner> {
  return engineRunner(await startOnnxEngine({ manifest, threads, kvBudgetBytes: 2 ** 30, clock: systemClock }))
}

/** An engine as a runner, which closes it. */
export function engineRunner(engine: Generator & { readonly pid: number | undefined }): EdgewiseRunner {
  const never = new AbortController().signal

  async function answer(prompt: Prompt, tokens: number): Promise<ToldAnswer> {
    const start = performance.now()
    let firstAt = Number.NaN
    let text = ''
    for await (const part of engine.generate(requestOf(engine.model, prompt, tokens), never)) {
      if (part.type === 'text-delta') {
        if (text === '') firstAt = performance.now()
        text += part.text
      }
      if (part.type === 'finish') requireLengths(part.usage, prompt, tokens)
    }
    return { firstTokenMs: firstAt - start, decodeMs: performance.now() - firstAt, text }
  }

  return {
    answer,
    rssMiB: () => residentMiB(engine.pid),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}

/**
 * Throws when the first token of the answer is no whole text: it would be shown together with a later one, and the time between
 * first and last token would be too short.
 */
export async function requireShownFirstToken(runner: EdgewiseRunner, prompt: Prompt): Promise<void> {
  const { text } = await runner.answer(prompt, 1)
  if (text === '' || text.includes('\uFFFD')) {
    throw new Error('the first token of the answer is no whole text: take another prompt')
  }
}

function requestOf(model: string, { content }: Prompt, maxTokens: number): InferenceRequest {
  return {
    id: 'bench',
    model,
    messages: [{ role: 'user', content }],
    // The seed has each prompt read anew, though the same one was asked before.
    sampling: { temperature: 0, topK: 0, topP: 1, seed: 0 },
    stop: [],
    maxTokens,
  }
}

function requireLengths(
  { promptTokens, completionTokens }: { promptTokens: number; completionTokens: number },
  { ids }: Prompt,
  tokens: number,
): void {
  if (promptTokens === ids.length && completionTokens === tokens) return
  throw new Error(
    `the engine read ${promptTokens} tokens and gave ${completionTokens}, but ${ids.length} and ${tokens} were asked for`,
  )
}
