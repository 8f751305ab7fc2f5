import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../../src/edge/exchange.ts'
import { account } from '../../../src/edge/middleware/account.ts'
import { createTrace } from '../../../src/edge/trace.ts'
import type { Decision } from '../../../src/spec/decision.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import type { Plan } from '../../../src/spec/plan.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { finish, request } from '../../placements/request.ts'

/** The decision on an answer that nobody reads on, after the signal of its request aborted with this reason. */
async function decisionOn(reason: EdgewiseError | undefined, requestedModel = 'auto'): Promise<Decision | undefined> {
  let decision: Decision | undefined
  const middleware = account({
    names: () => ({ known: ['small'], aliases: { fast: 'small', '*': 'small' } }),
    takeSent: () => ({ bytes: 0, destinations: [] }),
    onDecision(made) {
      decision = made
    },
  })
  const names = { requestId: request.id, keyId: 'key-1', conversation: 'c', requestedModel, streaming: true }
  const exchange: Exchange = {
    request,
    ...names,
    signal: reason === undefined ? new AbortController().signal : AbortSignal.abort(reason),
    trace: createTrace({ ...names, clock: createFakeClock() }),
  }
  async function* parts() {
    yield finish
  }
  const answer = await middleware(exchange, async () => ({ plan: {} as Plan, parts: parts() }))
  await answer.parts[Symbol.asyncIterator]().return?.()
  return decision
}

describe('the account of an answer that is not read to its end', () => {
  it('names the deadline when that took it from a slow reader', async () => {
    const late = new EdgewiseError('deadline-exceeded', 'late')
    expect(await decisionOn(late)).toMatchObject({ outcome: 'failed', errorCode: 'deadline-exceeded' })
  })

  it('names the client when nothing else ended it', async () => {
    expect(await decisionOn(undefined)).toMatchObject({ outcome: 'aborted', errorCode: 'aborted' })
  })
})

it('records the model that was asked for where it is one of ours, and no other text of the caller', async () => {
  for (const [asked, recorded] of [
    ['auto', 'auto'],
    ['small', 'small'],
    ['fast', 'fast'],
    ['ada@example.org', 'unknown'],
    ['*', 'unknown'],
  ]) {
    expect(await decisionOn(undefined, asked)).toMatchObject({ requestedModel: recorded })
  }
})
