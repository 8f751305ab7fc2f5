import type * as vitest from 'vitest'
import type { Generator } from '../../engines/engine.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { FinishReason, StreamPart, TokenLogprob, Usage } from '../../spec/stream-part.ts'

export interface GeneratorConformance {
  readonly tools: Pick<typeof vitest, 'describe' | 'it' | 'expect'>
  readonly name: string
  /** A generator for one test, which closes it. */
  readonly setUp: () => Promise<Generator>
  /** Two different requests whose answers are always the same (greedy) and have at least 8 tokens and no stop string. */
  readonly requests: readonly [InferenceRequest, InferenceRequest]
  /** Tests that do not apply, by name, each with its reason. */
  readonly skip?: Readonly<Record<string, string>>
}

type Tools = GeneratorConformance['tools']
type Register = (name: string, body: (generator: Generator) => Promise<void>) => void

/** What every generator must do. Call it in the test file of an implementation. */
export function conformGenerator({ tools, name, setUp, requests, skip = {} }: GeneratorConformance): void {
  const register: Register = (test, body) => {
    const reason = skip[test]
    if (reason !== undefined) {
      tools.it.skip(`${test} (${reason})`, () => undefined)
      return
    }
    tools.it(test, async () => {
      await using generator = await setUp()
      await body(generator)
    })
  }
  tools.describe(`${name}, as a generator`, () => {
    describeAnswers(tools, register, requests)
    describeEnds(tools, register, requests[0])
    describeText(tools, register, requests[0])
  })
}

function describeAnswers({ expect }: Tools, it: Register, [first, second]: GeneratorConformance['requests']): void {
  it('ends an answer with exactly one finish', async (generator) => {
    const parts = await Array.fromAsync(generator.generate(first, new AbortController().signal))
    expect(parts.filter(({ type }) => type === 'finish')).toHaveLength(1)
    expect(parts.at(-1)?.type).toBe('finish')
    expect(generator.unavailable()).toBe(undefined)
  })

  it('keeps two answers at the same time apart', async (generator) => {
    const alone = [await read(generator, first), await read(generator, second)]
    const together = await Promise.all([read(generator, first), read(generator, second)])
    expect(together).toEqual(alone)
    expect(alone[0]?.text).not.toBe(alone[1]?.text)
  })

  it('counts the tokens that it gives', async (generator) => {
    const whole = await read(generator, { ...first, topLogprobs: 2 })
    expect(whole.usage?.completionTokens).toBe(whole.logprobs.length)
    expect(whole.logprobs.every(({ logprob }) => logprob <= 0)).toBe(true)
    expect(whole.logprobs.every(({ top }) => top.length === 2)).toBe(true)
    expect(whole.text).toBe((await read(generator, first)).text)
  })
}

function describeEnds({ expect }: Tools, it: Register, request: InferenceRequest): void {
  it('stops at maxTokens', async (generator) => {
    const answer = await read(generator, { ...request, maxTokens: 3 })
    expect(answer.usage?.completionTokens).toBe(3)
    expect(answer.reason).toBe('length')
  })

  it('throws aborted, and nothing more comes, once the signal aborts', async (generator) => {
    const controller = new AbortController()
    const parts: StreamPart[] = []
    const reading = (async () => {
      for await (const part of generator.generate(request, controller.signal)) {
        parts.push(part)
        controller.abort()
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'aborted' })
    expect(parts).toHaveLength(1)
    expect((await read(generator, request)).reason).toBeDefined()
  })

  it('gives nothing when the signal was aborted before', async (generator) => {
    const answer = generator.generate(request, AbortSignal.abort())
    await expect(Array.fromAsync(answer)).rejects.toMatchObject({ code: 'aborted' })
  })

  it('can be left in the middle of an answer', async (generator) => {
    for await (const part of generator.generate(request, new AbortController().signal)) {
      expect(part.type).toBe('text-delta')
      break
    }
    expect((await read(generator, request)).reason).toBeDefined()
  })
}

function describeText({ expect }: Tools, it: Register, request: InferenceRequest): void {
  it('ends before a stop string and never shows it', async (generator) => {
    const { text } = await read(generator, request)
    const middle = text.slice(text.length >> 1, (text.length >> 1) + 3)
    const stopped = await read(generator, { ...request, stop: ['never in it', middle] })
    expect(stopped.text).toBe(text.slice(0, text.indexOf(middle)))
    expect(stopped.reason).toBe('stop')
  })

  it('goes on behind the answer so far without repeating it', async (generator) => {
    const { text, deltas } = await read(generator, request)
    const answerSoFar = deltas.slice(0, deltas.length >> 1).join('')
    const rest = await read(generator, { ...request, answerSoFar })
    const length = text.length - answerSoFar.length
    expect(answerSoFar + rest.text.slice(0, length)).toBe(text)
  })
}

interface Answer {
  readonly text: string
  readonly deltas: readonly string[]
  readonly logprobs: readonly TokenLogprob[]
  readonly reason: FinishReason | undefined
  readonly usage: Usage | undefined
}

async function read(generator: Generator, request: InferenceRequest): Promise<Answer> {
  const parts = await Array.fromAsync(generator.generate(request, new AbortController().signal))
  const texts = parts.filter((part) => part.type === 'text-delta')
  const finish = parts.find((part) => part.type === 'finish')
  const deltas = texts.map(({ text }) => text)
  const logprobs = texts.flatMap((part) => part.logprobs ?? [])
  return { text: deltas.join(''), deltas, logprobs, reason: finish?.reason, usage: finish?.usage }
}
