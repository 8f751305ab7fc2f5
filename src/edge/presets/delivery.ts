import type { Outbox } from '../../store/outbox/outbox.ts'
import type { CheckpointPost } from './checkpoint-post.ts'
import type { HubLink } from './hub-link.ts'

/** Hands over what is queued to one hub at a time. */
export interface Delivering extends AsyncDisposable {
  /** From now on to this one. Resolves when nothing more goes to the one before. */
  follow(hub: HubLink): Promise<void>
}

export interface DeliveringOptions {
  readonly outbox: Outbox
  readonly checkpoints: CheckpointPost
}

/** Hands over nothing before it is told to whom. */
export function createDelivering({ outbox, checkpoints }: DeliveringOptions): Delivering {
  let ending = new AbortController()
  let running: Promise<void> | undefined
  const stop = async () => {
    ending.abort()
    await running
  }
  return {
    async follow(hub) {
      await stop()
      ending = new AbortController()
      running = hub.deliver?.(outbox, ending.signal)
      checkpoints.setWanted(running !== undefined)
    },
    [Symbol.asyncDispose]: stop,
  }
}
