import { hiddenNames } from '../../partition/hidden-names.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { LayerRange } from '../../spec/layer-range.ts'
import type { Hidden, Logits, Session, TokenIds } from '../engine.ts'
import type { KvCache } from './kv-cache.ts'
import type { Inference, Tensor, Tensors } from './onnxruntime.ts'
import type { PartSignature } from './part-signature.ts'
import { stepFeeds } from './step-feeds.ts'

/** The layers of a part. */
export interface LoadedBody {
  readonly inference: Inference
  readonly signature: PartSignature
  readonly kvBytesPerToken: number
  openCache(): KvCache
}

/** Final norm and LM head. */
export interface LoadedHead {
  readonly inference: Inference
  readonly logits: string
}

/** What the sessions of one part share. At least one of `body` and `head` is there. */
export interface LoadedPart {
  /** For messages. */
  readonly name: string
  readonly layers: LayerRange
  readonly takes: 'tokens' | 'hidden'
  readonly hiddenSize: number
  readonly vocabulary: number
  readonly contextTokens: number
  readonly body?: LoadedBody
  readonly head?: LoadedHead
}

/** One sequence of some layers of a decoder, with their share of the KV cache. A head alone keeps nothing: its position stays 0. */
export class OnnxPartSession implements Session {
  readonly #part: LoadedPart
  readonly #cache: KvCache | undefined
  #state: 'idle' | 'stepping' | 'closed' = 'idle'

  constructor(part: LoadedPart) {
    this.#part = part
    this.#cache = part.body?.openCache()
  }

  get position(): number {
    return this.#cache?.position ?? 0
  }

  get kvBytes(): number {
    return this.#cache?.bytes ?? 0
  }

  async step(input: TokenIds | Hidden, rows: 'last' | 'all'): Promise<Logits | Hidden> {
    this.#requireIdle()
    const count = this.#check(input)
    this.#state = 'stepping'
    try {
      const { hidden, commit } = await this.#runBody(input, count)
      const kept = rows === 'all' ? hidden : lastRow(hidden)
      const output = this.#part.head === undefined ? kept : await this.#runHead(kept, this.#part.head)
      commit()
      return output
    } finally {
      this.#state = 'idle'
    }
  }

  rewind(position: number): void {
    this.#requireIdle()
    if (!Number.isInteger(position) || position < 0 || position > this.position) {
      throw new RangeError(`cannot rewind to ${position}: the session holds ${this.position} tokens`)
    }
    this.#cache?.truncate(position)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cache?.clear()
    this.#state = 'closed'
  }

  #requireIdle(): void {
    if (this.#state === 'idle') return
    throw new EdgewiseError('internal', `a session of ${this.#part.name} was used while it is ${this.#state}`)
  }

  /** Number of tokens in the input. */
  #check(input: TokenIds | Hidden): number {
    const { name, takes, vocabulary, hiddenSize, contextTokens, body } = this.#part
    if (input.kind !== takes) throw new EdgewiseError('invalid-request', `${name} takes ${takes}, not ${input.kind}`)
    const count = input.kind === 'tokens' ? input.ids.length : input.tokens
    if (!Number.isInteger(count) || count < 1) {
      throw new EdgewiseError('invalid-request', `a step of ${name} needs at least one token`)
    }
    if (input.kind === 'hidden' && input.data.length !== count * hiddenSize) {
      const message = `${count} hidden states of ${name} have ${count * hiddenSize} values, not ${input.data.length}`
      throw new EdgewiseError('invalid-request', message)
    }
    const isWrong = (token: number) => !(Number.isInteger(token) && token >= 0 && token < vocabulary)
    const wrong = input.kind === 'tokens' ? input.ids.find(isWrong) : undefined
    if (wrong !== undefined) {
      throw new EdgewiseError('invalid-request', `token ${wrong} is outside the ${vocabulary} tokens of ${name}`)
    }
    const limit = body?.signature.contextTokens ?? contextTokens
    const total = this.position + count
    if (total <= limit) return count
    throw new EdgewiseError(
      'context-exceeded',
      `${total} tokens exceed the ${limit} that ${name} can hold; shorten the conversation`,
    )
  }

  async #runBody(input: TokenIds | Hidden, count: number): Promise<{ hidden: Hidden; commit: () => void }> {
    const { body, hiddenSize } = this.#part
    const cache = this.#cache
    if (body === undefined || cache === undefined) {
      if (input.kind !== 'hidden') throw new EdgewiseError('internal', `${this.#part.name} has no embedding`)
      return { hidden: input, commit: () => {} }
    }
    const { inputs } = body.signature
    const feeds: Tensors = {
      ...cache.feeds(count),
      ...stepFeeds({ inputs, start: this.position, count, ...(input.kind === 'tokens' ? { ids: input.ids } : {}) }),
      ...(input.kind === 'hidden' ? { [hiddenNames.in]: hiddenTensor(input, hiddenSize) } : {}),
    }
    const outputs = await this.#run(body.inference, feeds, count)
    const data = this.#floats(outputs, hiddenNames.out)
    return { hidden: { kind: 'hidden', data, tokens: count }, commit: () => cache.commit(outputs, count) }
  }

  async #runHead(hidden: Hidden, { inference, logits }: LoadedHead): Promise<Logits> {
    const { hiddenSize, vocabulary } = this.#part
    const feeds = { [hiddenNames.in]: hiddenTensor(hidden, hiddenSize) }
    const data = this.#floats(await this.#run(inference, feeds, hidden.tokens), logits)
    return { kind: 'logits', data, rows: data.length / vocabulary }
  }

  async #run(inference: Inference, feeds: Tensors, count: number): Promise<Tensors> {
    try {
      return await inference.run(feeds)
    } catch (cause) {
      const where = `a step of ${count} tokens at ${this.position} of ${this.#part.name}`
      throw new EdgewiseError('engine-crashed', `onnxruntime failed in ${where}: ${(cause as Error).message}`, {
        cause,
      })
    }
  }

  /** (1, rows, size) as f32. */
  #floats(outputs: Tensors, name: string): Float32Array {
    const values = outputs[name]?.data
    if (values instanceof Float32Array) return values
    if (values instanceof Float16Array) return new Float32Array(values)
    throw new EdgewiseError('engine-crashed', `${this.#part.name} gave no ${name}`)
  }
}

function lastRow({ data, tokens }: Hidden): Hidden {
  return { kind: 'hidden', data: data.subarray((data.length / tokens) * (tokens - 1)), tokens: 1 }
}

function hiddenTensor({ data, tokens }: Hidden, hiddenSize: number): Tensor {
  return { data, dims: [1, tokens, hiddenSize] }
}
