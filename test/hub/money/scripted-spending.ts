import { CallerPurse } from '../../../src/hub/money/caller-purse.ts'
import { priceOf } from '../../../src/hub/money/price.ts'
import { promptTokens } from '../../../src/hub/money/prompt-tokens.ts'
import { Spending } from '../../../src/hub/money/spending.ts'
import { createPool } from '../../../src/hub/pool.ts'
import { admitSanitised } from '../../../src/privacy/admit.ts'
import type { EdgewiseError } from '../../../src/spec/errors.ts'
import type { InferenceRequest } from '../../../src/spec/request.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { createScriptedGenerator, type ScriptStep } from '../../../src/testing/scripted-generator.ts'

/** Never aborts. */
export const forever = new AbortController().signal
/** In millionths for a token. */
export const price = priceOf({ input: 1, output: 10 })
/** Limits of a caller who has none. */
export const unlimited = { microsPerDay: undefined, microsPerMonth: undefined }

/** A request that may be sent, for the model `big`. */
export function request(changes: Partial<InferenceRequest> = {}) {
  const sampling = { temperature: 0, topP: 1, topK: 0 }
  const messages = [{ role: 'user', content: 'Hello.' }] as const
  return admitSanitised({ id: 'r', model: 'big', messages, sampling, stop: [], maxTokens: 10, ...changes })
}

/** What a purse pays for. */
export type Asked = ReturnType<typeof request>

/** A book of spending in a store, and purses over it. */
export async function setUp({ path = ':memory:', run = 'run-1', clock = createFakeClock() } = {}) {
  const store = await openStore({ path, clock })
  const errors: EdgewiseError[] = []
  const onError = (error: EdgewiseError) => errors.push(error)
  const spending = await Spending.open({ book: store.spending, clock, run, currency: 'EUR', onError })
  const purse = (asked: Asked, limits = unlimited as { microsPerDay: number | undefined; microsPerMonth: undefined }) =>
    new CallerPurse({
      caller: 'edge',
      limits,
      prompt: promptTokens(asked),
      outputTokens: 50,
      spending,
      onSpent: () => {},
    })
  const spent = async () => (await store.spending.since('2000-01-01')).reduce((sum, { micros }) => sum + micros, 0)
  return { clock, store, spending, purse, spent, errors }
}

/** A pool of one scripted member. */
export function poolOf(steps: readonly ScriptStep[], more: object = { price }) {
  const clock = createFakeClock()
  const generator = createScriptedGenerator({ model: 'big', script: [steps] })
  return { generator, pool: createPool({ members: [{ name: 'a', generator, ...more }], clock }) }
}

/** All parts of an answer. */
export async function partsOf<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const part of parts) all.push(part)
  return all
}

/** So many deltas of three characters. */
export const text = (count: number): ScriptStep[] =>
  Array.from({ length: count }, () => ({ type: 'text-delta', text: 'abc' }) as const)
