import { asEdgewiseError } from '../../spec/errors.ts'
import { BackgroundAnswers } from '../background/background-answers.ts'
import { BackgroundWorker } from '../background/background-worker.ts'
import { readResponses } from '../server/read-responses.ts'
import type { Foundation } from './foundation.ts'
import type { HubLink } from './hub-link.ts'
import type { StartEdgeOptions } from './node.ts'
import type { Serving } from './serving.ts'

/** Background requests that run at the same time. */
const atATime = 4

export type BackgroundParts = Pick<Foundation, 'store' | 'nameConversation' | 'newId'>

/** The queue of background answers of an edge. */
export function openBackgroundAnswers(
  { store, nameConversation, newId }: BackgroundParts,
  { config, clock }: Pick<StartEdgeOptions, 'config' | 'clock'>,
): BackgroundAnswers {
  const { bodyBytes } = config.limits
  return new BackgroundAnswers({
    store,
    newId,
    clock,
    read: ({ keyId, body, conversation }, { id, created }) =>
      readResponses(
        { body, id, created, keyId, conversation },
        { responses: store.responses, nameConversation, bodyBytes },
      ),
  })
}

/** Answers what is queued, under the settings in force at that time. */
export interface WorkingInBackground extends AsyncDisposable {
  /** From now on this link's return makes due what waits for it. */
  follow(hub: HubLink): void
}

export interface WorkOptions extends Pick<StartEdgeOptions, 'clock' | 'log'> {
  readonly foundation: Foundation
  readonly serving: () => Serving
}

export function workInBackground({ foundation, serving, clock, log }: WorkOptions): WorkingInBackground {
  const { store, background: answers, draining } = foundation
  const onError = (thrown: unknown) =>
    log.error({ err: asEdgewiseError(thrown) }, 'a background answer failed for a reason of our own')
  const worker = new BackgroundWorker({
    store,
    answers,
    clock,
    atATime,
    draining: draining.signal,
    onError,
    runner() {
      const { edge, openSignal, config, hub } = serving()
      return {
        edge,
        openSignal,
        requestMs: config.limits.requestMs,
        mode: config.policy.mode,
        knowsModels: () => hub.connection?.generator.unavailable() === undefined,
        acknowledge: async (id) => hub.connection?.acknowledge(id, foundation.shutdown.signal),
      }
    },
  })
  let unfollow = () => {}
  worker.start()
  return {
    follow({ connection }) {
      unfollow()
      unfollow =
        connection?.link.onChange(({ state }) => {
          if (state === 'down') return
          store.outbox.hasten(['background-request']).then(worker.wake, onError)
        }) ?? (() => {})
    },
    async [Symbol.asyncDispose]() {
      unfollow()
      await worker[Symbol.asyncDispose]()
    },
  }
}
