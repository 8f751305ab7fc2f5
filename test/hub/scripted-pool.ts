import { createPool } from '../../src/hub/pool.ts'
import { admitSanitised } from '../../src/privacy/admit.ts'
import { EdgewiseError, type ErrorCode } from '../../src/spec/errors.ts'
import type { SanitisedRequest } from '../../src/spec/outbound.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { createScriptedGenerator, type ScriptStep, scriptedAnswer } from '../../src/testing/scripted-generator.ts'

/** Never aborts. */
export const forever = new AbortController().signal

/** A request that may be sent, for the model `big`. */
export function request(changes: Partial<InferenceRequest> = {}): SanitisedRequest {
  const sampling = { temperature: 0, topP: 1, topK: 0 }
  return admitSanitised({
    id: 'r',
    model: 'big',
    messages: [{ role: 'user', content: 'x' }],
    sampling,
    stop: [],
    ...changes,
  })
}

/** Steps of a member that fails at once. */
export function failing(code: ErrorCode): ScriptStep[] {
  return [new EdgewiseError(code, `scripted ${code}`)]
}

/** A pool of scripted members, by their names. */
export function setUp(scripts: Record<string, readonly (readonly ScriptStep[])[]>) {
  const clock = createFakeClock()
  const generators = Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => [name, createScriptedGenerator({ model: 'big', script })]),
  )
  const members = Object.entries(generators).map(([name, generator]) => ({ name, generator }))
  const pool = createPool({ members, clock })
  const calls = (name: string) => generators[name]?.calls.length ?? 0
  return { clock, generators, pool, calls }
}

/** The text of an answer. */
export async function textOf(parts: AsyncIterable<{ readonly type: string }>): Promise<string> {
  let text = ''
  for await (const part of parts) if ('text' in part) text += String(part.text)
  return text
}

/** Steps of a whole answer that says whose it is. */
export const answer = (name: string) => scriptedAnswer([`by ${name}`])
