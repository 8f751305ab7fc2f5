import { EdgewiseError } from '../../spec/errors.ts'
import type { Hidden, Logits, Session, TokenIds } from '../engine.ts'
import { candidateRow } from './candidate-row.ts'
import type { DrawOptions, LlamaSequence, TokenProbabilities } from './llama-library.ts'
import type { SequencePool } from './sequence-pool.ts'

/** What the sessions of one model share. */
export interface LoadedLlama {
  readonly id: string
  readonly pool: SequencePool
  readonly vocabulary: number
  readonly contextTokens: number
  /** Memory that a sequence holds, however long it is. */
  readonly sequenceBytes: number
  /** Tokens whose logits a step gives. */
  readonly candidates: number
}

type Steps = ReturnType<LlamaSequence['evaluateWithMetadata']>

/**
 * One sequence of llama.cpp. It gives the logits of the most probable tokens only: the library hands out numbers one by one, and a whole
 * vocabulary would take longer than the step.
 */
export class LlamaSession implements Session {
  readonly #llama: LoadedLlama
  readonly #draw: DrawOptions
  #sequence: Promise<LlamaSequence> | undefined
  /** Steps of one token after another in one evaluation, which keeps its sampler; ends by a failure. */
  #steps: Steps | undefined
  #position = 0
  /** Tokens in llama.cpp's cache: more than `position` after a rewind, until the next step. */
  #held = 0
  /** The last row, used again and again: a new one of 150 000 numbers for every token is work for the garbage collector. */
  #row: Float32Array | undefined
  #state: 'idle' | 'stepping' | 'closed' = 'idle'

  constructor(llama: LoadedLlama) {
    this.#llama = llama
    this.#draw = { temperature: 1, topK: llama.candidates, topP: 1 }
  }

  get position(): number {
    return this.#position
  }

  get kvBytes(): number {
    return this.#sequence === undefined ? 0 : this.#llama.sequenceBytes
  }

  async step(input: TokenIds | Hidden, rows: 'last' | 'all'): Promise<Logits> {
    this.#requireIdle()
    const ids = this.#checked(input)
    this.#state = 'stepping'
    try {
      this.#sequence ??= this.#llama.pool.take()
      const sequence = await this.#sequence
      const found = await this.#llama.pool.inTurn(() => this.#evaluate(sequence, ids, rows))
      this.#position += ids.length
      return this.#logits(found, rows)
    } catch (cause) {
      this.#steps = undefined
      if (cause instanceof EdgewiseError) throw cause
      const where = `a step of ${ids.length} tokens at ${this.#position}`
      const text = `llama.cpp failed in ${where} of ${this.#llama.id}: ${(cause as Error).message}`
      throw new EdgewiseError('engine-crashed', text, { cause })
    } finally {
      this.#state = 'idle'
    }
  }

  rewind(position: number): void {
    this.#requireIdle()
    if (!Number.isInteger(position) || position < 0 || position > this.#position) {
      throw new RangeError(`cannot rewind to ${position}: the session holds ${this.#position} tokens`)
    }
    this.#position = position
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sequence = this.#sequence
    this.#state = 'closed'
    this.#sequence = undefined
    await this.#steps?.return()
    if (sequence !== undefined) this.#llama.pool.giveBack(await sequence)
  }

  #requireIdle(): void {
    if (this.#state === 'idle') return
    throw new EdgewiseError('internal', `a session of ${this.#llama.id} was used while it is ${this.#state}`)
  }

  #checked(input: TokenIds | Hidden): number[] {
    const { id, vocabulary, contextTokens } = this.#llama
    if (input.kind !== 'tokens')
      throw new EdgewiseError('internal', `${id} is a whole model: it takes tokens, no hidden states`)
    if (input.ids.length === 0) throw new EdgewiseError('invalid-request', `a step of ${id} needs at least one token`)
    const wrong = input.ids.find((token) => !(Number.isInteger(token) && token >= 0 && token < vocabulary))
    if (wrong !== undefined)
      throw new EdgewiseError('invalid-request', `token ${wrong} is outside the ${vocabulary} tokens of ${id}`)
    const total = this.#position + input.ids.length
    if (total > contextTokens) {
      throw new EdgewiseError(
        'context-exceeded',
        `${total} tokens exceed the ${contextTokens} that ${id} can hold; shorten the conversation`,
      )
    }
    return [...input.ids]
  }

  #lastRow(): Float32Array {
    this.#row ??= new Float32Array(this.#llama.vocabulary)
    return this.#row
  }

  async #evaluate(
    sequence: LlamaSequence,
    ids: number[],
    rows: 'last' | 'all',
  ): Promise<readonly (TokenProbabilities | undefined)[]> {
    if (this.#held !== this.#position) {
      await sequence.eraseContextTokenRanges([{ start: this.#position, end: this.#held }])
      this.#held = this.#position
    }
    this.#held += ids.length
    return rows === 'last' ? [await this.#last(sequence, ids)] : this.#all(sequence, ids)
  }

  async #last(sequence: LlamaSequence, ids: number[]): Promise<TokenProbabilities | undefined> {
    const options = { ...this.#draw, yieldEogToken: true } as const
    const isNew = this.#steps === undefined
    this.#steps ??= sequence.evaluateWithMetadata(ids, { probabilities: true }, options)
    const { value } = await (isNew ? this.#steps.next([]) : this.#steps.next(ids))
    return value?.probabilities
  }

  async #all(sequence: LlamaSequence, ids: number[]): Promise<readonly (TokenProbabilities | undefined)[]> {
    const generateNext = { probabilities: true as const, options: this.#draw }
    const outputs = await sequence.controlledEvaluate(ids.map((id) => [id, { generateNext }]))
    return ids.map((_, index) => outputs[index]?.next.probabilities)
  }

  #logits(found: readonly (TokenProbabilities | undefined)[], rows: 'last' | 'all'): Logits {
    const { vocabulary, id } = this.#llama
    // (rows, vocabulary)
    const data = rows === 'all' ? new Float32Array(found.length * vocabulary) : this.#lastRow()
    for (const [index, probabilities] of found.entries()) {
      if (probabilities === undefined || probabilities.size === 0)
        throw new EdgewiseError('engine-crashed', `${id} gave no logits`)
      candidateRow(probabilities, data.subarray(index * vocabulary, (index + 1) * vocabulary))
    }
    return { kind: 'logits', data, rows: found.length }
  }
}
