import type { Constraint } from '../../../src/engines/generation/constraint.ts'

export interface ScriptedConstraint extends Constraint {
  /** How often it was asked for what. */
  readonly asked: { accepts: number; masks: number }
}

/** A constraint that allows, behind the tokens accepted so far, what a function says. */
export function scriptedConstraint(allowed: (ids: readonly number[]) => ReadonlySet<number>): ScriptedConstraint {
  const accepted: number[] = []
  const asked = { accepts: 0, masks: 0 }
  return {
    asked,
    async accept(id) {
      asked.accepts++
      if (!allowed(accepted).has(id)) return false
      accepted.push(id)
      return true
    },
    async mask() {
      asked.masks++
      const ids = [...allowed(accepted)]
      const words = new Uint32Array((Math.max(...ids) >> 5) + 1)
      for (const id of ids) words[id >> 5] = (words[id >> 5] ?? 0) | (1 << (id & 31))
      return words
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}
