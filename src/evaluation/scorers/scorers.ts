import { choice } from './choice.ts'
import { contains } from './contains.ts'
import { exact } from './exact.ts'
import { jsonFieldF1 } from './json-field-f1.ts'
import { numeric } from './numeric.ts'
import { regex } from './regex.ts'
import type { Scorer } from './scorer.ts'
import { wordF1 } from './word-f1.ts'

/** All scorers by the name that a data file gives. */
export const scorers = {
  exact,
  contains,
  choice,
  numeric,
  regex,
  'json-field-f1': jsonFieldF1,
  'word-f1': wordF1,
} as const satisfies Readonly<Record<string, Scorer>>

export type ScorerName = keyof typeof scorers
export const scorerNames = Object.keys(scorers) as readonly ScorerName[]
