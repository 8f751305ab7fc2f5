import { EdgewiseError } from '../../spec/errors.ts'
import type { Hidden, Logits, Session, SessionModel, TokenIds } from '../engine.ts'

/**
 * Parts of one model, one behind the other in this process, as the whole model: the first takes tokens, the last gives logits. It owns the parts.
 * Throws `model-invalid` when they do not fit together.
 */
export function chainParts(parts: readonly SessionModel[]): SessionModel {
  const [first] = parts
  const last = parts.at(-1)
  if (first === undefined || last === undefined) throw new EdgewiseError('model-invalid', 'there are no parts')
  for (const [index, part] of parts.entries()) {
    const expected = parts[index - 1]?.layers.end ?? 0
    if (part.layers.start !== expected) {
      const message = `the parts do not fit together: one begins at layer ${part.layers.start} where ${expected} is next`
      throw new EdgewiseError('model-invalid', message)
    }
  }
  const sum = (size: (part: SessionModel) => number) => parts.reduce((total, part) => total + size(part), 0)
  return {
    layers: { start: 0, end: last.layers.end },
    rowSize: last.rowSize,
    contextTokens: Math.min(...parts.map(({ contextTokens }) => contextTokens)),
    kvBytesPerToken: sum(({ kvBytesPerToken }) => kvBytesPerToken),
    openSession: () => new ChainedSession(parts),
    async [Symbol.asyncDispose]() {
      for (const part of parts) await part[Symbol.asyncDispose]()
    },
  }
}

/** One sequence through all parts. */
class ChainedSession implements Session {
  readonly #links: readonly { readonly session: Session; readonly hasLayers: boolean }[]

  constructor(parts: readonly SessionModel[]) {
    this.#links = parts.map((part) => ({
      session: part.openSession(),
      hasLayers: part.layers.start < part.layers.end,
    }))
  }

  get position(): number {
    return this.#links[0]?.session.position ?? 0
  }

  get kvBytes(): number {
    return this.#links.reduce((sum, { session }) => sum + session.kvBytes, 0)
  }

  async step(input: TokenIds | Hidden, rows: 'last' | 'all'): Promise<Logits | Hidden> {
    const start = this.position
    let output: TokenIds | Logits | Hidden = input
    try {
      for (const [index, { session }] of this.#links.entries()) {
        if (output.kind === 'logits') throw new EdgewiseError('internal', 'a part behind another one was given logits')
        // Every row goes through every layer, but nothing below a head needs the others.
        const isLayersNext = this.#links[index + 1]?.hasLayers ?? false
        output = await session.step(output, isLayersNext ? 'all' : rows)
      }
    } catch (thrown) {
      this.rewind(start)
      throw thrown
    }
    if (output.kind === 'tokens') throw new EdgewiseError('internal', 'a chain of no parts gives nothing')
    return output
  }

  rewind(position: number): void {
    const [first, ...others] = this.#links.filter(({ hasLayers }) => hasLayers)
    first?.session.rewind(position)
    for (const { session } of others) session.rewind(Math.min(position, session.position))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { session } of this.#links) await session[Symbol.asyncDispose]()
  }
}
