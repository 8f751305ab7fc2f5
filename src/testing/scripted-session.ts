import type { Session, SessionModel } from '../engines/engine.ts'
import { EdgewiseError } from '../spec/errors.ts'

/** One step that a scripted session was asked for. */
export interface ScriptedStep {
  /** Sessions of a model count from 0 in the order in which they were opened. */
  readonly session: number
  /** Tokens before the step. */
  readonly position: number
  readonly ids: readonly number[]
}

export interface ScriptedSessionOptions {
  readonly vocabulary: number
  /** The logits behind a sequence, or the one token that is certain to follow it. */
  readonly next: (ids: readonly number[]) => Float32Array | number
  readonly contextTokens?: number
  readonly kvBytesPerToken?: number
  /** Holds a step up until it resolves. */
  readonly beforeStep?: (step: ScriptedStep) => Promise<void>
}

export interface ScriptedSessionModel extends SessionModel {
  /** Every step of every session, in the order in which they began. */
  readonly steps: readonly ScriptedStep[]
  /** Sessions opened and not closed. */
  readonly open: number
}

/** A model whose logits come from a function, and which records its steps: for tests of generation loops. Each step takes a turn of the event loop. */
export function createScriptedSessionModel(options: ScriptedSessionOptions): ScriptedSessionModel {
  const { vocabulary, contextTokens = 128, kvBytesPerToken = 4 } = options
  const steps: ScriptedStep[] = []
  let opened = 0
  let open = 0
  return {
    layers: { start: 0, end: 1 },
    rowSize: vocabulary,
    contextTokens,
    kvBytesPerToken,
    steps,
    get open() {
      return open
    },
    openSession() {
      open++
      return openScriptedSession({ ...options, contextTokens, kvBytesPerToken }, opened++, steps, () => open--)
    },
    async [Symbol.asyncDispose]() {},
  }
}

function openScriptedSession(
  {
    vocabulary,
    next,
    contextTokens,
    kvBytesPerToken,
    beforeStep,
  }: Required<Omit<ScriptedSessionOptions, 'beforeStep'>> & Pick<ScriptedSessionOptions, 'beforeStep'>,
  number: number,
  steps: ScriptedStep[],
  onClose: () => void,
): Session {
  const sequence: number[] = []
  let isOpen = true
  return {
    get position() {
      return sequence.length
    },
    get kvBytes() {
      return sequence.length * kvBytesPerToken
    },
    async step(input, rows) {
      if (!isOpen) throw new EdgewiseError('internal', 'the scripted session is closed')
      if (input.kind !== 'tokens') throw new EdgewiseError('internal', 'a scripted session takes tokens')
      if (sequence.length + input.ids.length > contextTokens) {
        throw new EdgewiseError('context-exceeded', `a scripted session holds ${contextTokens} tokens`)
      }
      const step = { session: number, position: sequence.length, ids: [...input.ids] }
      steps.push(step)
      await beforeStep?.(step)
      await new Promise((resolve) => setImmediate(resolve))
      const start = sequence.length
      sequence.push(...input.ids)
      const ends = rows === 'last' ? [sequence.length] : input.ids.map((_, index) => start + index + 1)
      const data = new Float32Array(ends.length * vocabulary)
      for (const [row, end] of ends.entries()) {
        data.set(asRow(next(sequence.slice(0, end)), vocabulary), row * vocabulary)
      }
      return { kind: 'logits', data, rows: ends.length }
    },
    rewind(position) {
      if (position > sequence.length) throw new RangeError(`cannot rewind to ${position} of ${sequence.length}`)
      sequence.length = position
    },
    async [Symbol.asyncDispose]() {
      if (isOpen) onClose()
      isOpen = false
    },
  }
}

function asRow(logits: Float32Array | number, vocabulary: number): Float32Array {
  if (typeof logits !== 'number') return logits
  const row = new Float32Array(vocabulary)
  row[logits] = 100
  return row
}
