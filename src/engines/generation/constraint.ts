/**
 * What the tokens of one answer may be, as a grammar says. The generation loop first draws freely and asks `accept`; only when the draw is
 * refused does it take the `mask` and draw again among what is allowed. Both together draw from the same distribution as masking every step.
 */
export interface Constraint extends AsyncDisposable {
  /** Moves on over token `id` and says true; says false, and stays where it is, when the grammar forbids it. End tokens are asked too. */
  accept(id: number, signal: AbortSignal): Promise<boolean>
  /** The tokens allowed next: bit `id % 32` of word `id >> 5`. At least one is set. */
  mask(signal: AbortSignal): Promise<Uint32Array>
}
