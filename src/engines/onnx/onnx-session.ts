import { firstHeadRow } from '../../partition/rewrites/head-rows.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Hidden, Logits, Session, TokenIds } from '../engine.ts'
import type { DecoderSignature } from './decoder-signature.ts'
import type { KvCache } from './kv-cache.ts'
import type { Inference, Tensors } from './onnxruntime.ts'
import { stepFeeds } from './step-feeds.ts'

/** What the sessions of one model share. */
export interface LoadedDecoder {
  readonly id: string
  readonly inference: Inference
  readonly signature: DecoderSignature
}

/** One sequence of a whole decoder. */
export class OnnxSession implements Session {
  readonly #decoder: LoadedDecoder
  readonly #cache: KvCache
  #state: 'idle' | 'stepping' | 'closed' = 'idle'

  constructor(decoder: LoadedDecoder, cache: KvCache) {
    this.#decoder = decoder
    this.#cache = cache
  }

  get position(): number {
    return this.#cache.position
  }

  get kvBytes(): number {
    return this.#cache.bytes
  }

  async step(input: TokenIds | Hidden, rows: 'last' | 'all'): Promise<Logits> {
    this.#requireIdle()
    const ids = this.#checked(input)
    this.#state = 'stepping'
    try {
      const outputs = await this.#run(ids, rows)
      this.#cache.commit(outputs, ids.length)
      return this.#logits(outputs)
    } finally {
      this.#state = 'idle'
    }
  }

  rewind(position: number): void {
    this.#requireIdle()
    if (!Number.isInteger(position) || position < 0 || position > this.position) {
      throw new RangeError(`cannot rewind to ${position}: the session holds ${this.position} tokens`)
    }
    this.#cache.truncate(position)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cache.clear()
    this.#state = 'closed'
  }

  #requireIdle(): void {
    if (this.#state === 'idle') return
    throw new EdgewiseError('internal', `a session of ${this.#decoder.id} was used while it is ${this.#state}`)
  }

  #checked(input: TokenIds | Hidden): readonly number[] {
    const { id, signature } = this.#decoder
    if (input.kind !== 'tokens')
      throw new EdgewiseError('internal', `${id} is a whole model: it takes tokens, no hidden states`)
    if (input.ids.length === 0) throw new EdgewiseError('invalid-request', `a step of ${id} needs at least one token`)
    const wrong = input.ids.find((token) => !(Number.isInteger(token) && token >= 0 && token < signature.vocabulary))
    if (wrong !== undefined) {
      throw new EdgewiseError(
        'invalid-request',
        `token ${wrong} is outside the ${signature.vocabulary} tokens of ${id}`,
      )
    }
    const total = this.position + input.ids.length
    if (total > signature.contextTokens) {
      throw new EdgewiseError(
        'context-exceeded',
        `${total} tokens exceed the ${signature.contextTokens} that ${id} can hold; shorten the conversation`,
      )
    }
    return input.ids
  }

  async #run(ids: readonly number[], rows: 'last' | 'all'): Promise<Tensors> {
    const count = ids.length
    const { inputs } = this.#decoder.signature
    const feeds = {
      ...this.#cache.feeds(count),
      ...stepFeeds({ inputs, start: this.position, count, ids }),
      [firstHeadRow]: { data: BigInt64Array.of(rows === 'last' ? BigInt(count - 1) : 0n), dims: [1] },
    }
    try {
      return await this.#decoder.inference.run(feeds)
    } catch (cause) {
      const where = `a step of ${count} tokens at ${this.position}`
      throw new EdgewiseError(
        'engine-crashed',
        `onnxruntime failed in ${where} of ${this.#decoder.id}: ${(cause as Error).message}`,
        { cause },
      )
    }
  }

  #logits(outputs: Tensors): Logits {
    const { signature, id } = this.#decoder
    // (1, rows, vocabulary)
    const values = outputs[signature.logits]?.data
    if (values === undefined || values instanceof BigInt64Array)
      throw new EdgewiseError('engine-crashed', `${id} gave no logits`)
    const data = values instanceof Float32Array ? values : new Float32Array(values)
    return { kind: 'logits', data, rows: data.length / signature.vocabulary }
  }
}
