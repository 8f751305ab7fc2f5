import type { Bench } from '../bench.ts'
import { measureGuardSpeed } from './guard-speed.ts'
import { measureSurvival } from './pseudonym-survival.ts'

/** What the guard costs a request, and what becomes of pseudonyms in the bundled models. */
export const guardBench: Bench = {
  name: 'guard',
  summary: 'time of the whole guard for 500 and 8,000 tokens, and how many pseudonyms the bundled models copy',
  run: async (context) => [...(await measureGuardSpeed(context)), ...(await measureSurvival(context.say))],
}
