import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type OnnxEngine, startOnnxEngine } from '../../src/engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../../src/model-store/folder.ts'
import type { TokenLogprob } from '../../src/spec/stream-part.ts'
import { systemClock } from '../../src/spec/system-clock.ts'

const models = join(import.meta.dirname, '..', '..', 'models')
const example = z.object({ skill: z.string(), prompt: z.string(), edge: z.string(), cloud: z.string() })
const examples = readFileSync(join(models, 'examples.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => example.parse(JSON.parse(line)))

/** Kernels of another processor round differently; where the two best tokens are closer than this, either may win. */
const nearTie = 0.1

describe.each(['edge', 'cloud'] as const)('the bundled %s model', (size) => {
  let engine: OnnxEngine
  beforeAll(async () => {
    const manifest = await readModelFolder({ folder: join(models, `edgewise-${size}`) })
    engine = await startOnnxEngine({ manifest, threads: 1, kvBudgetBytes: 2 ** 27, clock: systemClock })
  })
  afterAll(() => engine[Symbol.asyncDispose]())

  it('is there, with its card', () => {
    expect(existsSync(join(models, 'README.md'))).toBe(true)
    expect(examples.length).toBeGreaterThan(30)
  })

  it('gives the recorded answer to every example, greedily, but for near-ties', async () => {
    const flips: string[] = []
    for (const { prompt, [size]: recorded } of examples) {
      const { text, logprobs } = await answer(engine, prompt)
      if (text === recorded) continue
      expect(closestRace(text, recorded, logprobs), `${prompt} -> ${text}`).toBeLessThan(nearTie)
      flips.push(prompt)
    }
    if (flips.length > 0) console.log(`${flips.length} of ${examples.length} answers flipped at a near-tie`)
    expect(flips.length).toBeLessThanOrEqual(examples.length / 10)
  })
})

async function answer(engine: OnnxEngine, prompt: string) {
  let text = ''
  const logprobs: TokenLogprob[] = []
  const request = {
    id: 'golden',
    model: engine.model,
    messages: [{ role: 'user' as const, content: prompt }],
    sampling: { temperature: 0, topP: 1, topK: 0 },
    stop: [],
    topLogprobs: 2,
  }
  for await (const part of engine.generate(request, new AbortController().signal)) {
    if (part.type !== 'text-delta') continue
    text += part.text
    logprobs.push(...(part.logprobs ?? []))
  }
  return { text, logprobs }
}

/** The smallest lead of a winning token up to where the texts part: what decided between the two. */
function closestRace(text: string, recorded: string, logprobs: readonly TokenLogprob[]): number {
  let shared = 0
  while (shared < text.length && text[shared] === recorded[shared]) shared++
  let length = 0
  let closest = Number.POSITIVE_INFINITY
  for (const { token, top } of logprobs) {
    closest = Math.min(closest, (top[0]?.logprob ?? 0) - (top[1]?.logprob ?? Number.NEGATIVE_INFINITY))
    length += token.length
    if (length > shared) break
  }
  return closest
}
