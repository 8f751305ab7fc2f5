import { EdgewiseError } from '../../spec/errors.ts'
import type { Random } from '../../spec/ports.ts'
import type { Constraint } from './constraint.ts'
import type { LogitAdjustments } from './logit-adjustments.ts'
import { type Drawing, sampleToken } from './sampler.ts'

export interface TokenDrawerOptions {
  readonly drawing: Drawing
  readonly random: Random
  /** Absent: the logits are drawn from as they are. */
  readonly adjustments: LogitAdjustments | undefined
  /** Absent: every token may come. */
  readonly constraint: Constraint | undefined
  readonly signal: AbortSignal
}

/** Draws the tokens of one answer, one after another, each from the logits behind the one before. */
export type DrawToken = (logits: Float32Array) => Promise<number>

/** A drawer that obeys adjustments and constraint; the mask is only asked for when the free draw is refused. Throws `internal` when the constraint refuses its own mask's token. */
export function createTokenDrawer({ drawing, random, adjustments, constraint, signal }: TokenDrawerOptions): DrawToken {
  // Adjusted anew for a second draw: other requests used the row meanwhile.
  const draw = (logits: Float32Array, mask?: Uint32Array) =>
    sampleToken(adjustments?.adjust(logits) ?? logits, drawing, random, mask)

  async function drawAllowed(logits: Float32Array, grammar: Constraint): Promise<number> {
    const free = draw(logits)
    if (await grammar.accept(free, signal)) return free
    const allowed = draw(logits, await grammar.mask(signal))
    if (await grammar.accept(allowed, signal)) return allowed
    throw new EdgewiseError('internal', `the constraint refuses token ${allowed}, which its own mask allows`)
  }

  return async (logits) => {
    const id = constraint === undefined ? draw(logits) : await drawAllowed(logits, constraint)
    adjustments?.take(id)
    return id
  }
}
