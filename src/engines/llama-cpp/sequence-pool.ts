import type { LlamaContext, LlamaSequence } from './llama-library.ts'

/** The sequences of one context, lent one by one. Their memory was taken when the context was made. */
export interface SequencePool {
  /** An empty sequence, as soon as one is free. */
  take(): Promise<LlamaSequence>
  giveBack(sequence: LlamaSequence): void
  /** Runs one piece of work after another: llama.cpp would compute sequences together, and so their last digits would depend on each other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
}

/** A pool of `count` sequences, the number that the context was made with. */
export function createSequencePool(context: LlamaContext, count: number): SequencePool {
  const free = Array.from({ length: count }, () => context.getSequence())
  const waiting: ((sequence: LlamaSequence) => void)[] = []
  let last: Promise<unknown> = Promise.resolve()
  return {
    async take() {
      const sequence = free.pop() ?? (await new Promise<LlamaSequence>((resolve) => waiting.push(resolve)))
      await sequence.clearHistory()
      return sequence
    },
    giveBack(sequence) {
      const next = waiting.shift()
      if (next === undefined) free.push(sequence)
      else next(sequence)
    },
    inTurn(work) {
      const result = last.then(work)
      last = result.catch(() => undefined)
      return result
    },
  }
}
