import type { Grammar, Rule } from './grammar.ts'

/**
 * The first of the rules that no finite text satisfies, because it needs itself; undefined when there is none. An answer in it would never end.
 * It is found soonest when rules stand in front of those that they need.
 */
export function endlessRule(rules: readonly Rule[]): Rule | undefined {
  const unknown = new Set(rules)
  const ends = (grammar: Grammar): boolean => {
    switch (grammar.kind) {
      case 'text':
      case 'string':
      case 'free':
        return true
      case 'character':
        return grammar.points.length > 0
      case 'sequence':
        return grammar.parts.every(ends)
      case 'choice':
        return grammar.parts.some(ends)
      case 'repeat':
        return grammar.least === 0 || ends(grammar.part)
      case 'rule':
        return !unknown.has(grammar.rule)
      default:
        return grammar satisfies never
    }
  }
  // Rules that end make others end; what is left when none is found any more never does.
  for (let before = -1; before !== unknown.size; ) {
    before = unknown.size
    for (const rule of [...unknown].toReversed()) if (ends(rule.body)) unknown.delete(rule)
  }
  const [endless] = unknown
  return endless
}
