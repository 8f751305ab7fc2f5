import { createGuard, type Guard } from '../../privacy/guard.ts'
import type { ConversationMemory } from '../../privacy/pseudonyms/conversation-memory.ts'
import type { Clock } from '../../spec/ports.ts'
import type { EdgeConfig } from '../config.ts'

export interface OpenGuardOptions {
  readonly policy: EdgeConfig['policy']
  readonly memory?: ConversationMemory
  readonly clock: Clock
}

/** The guard of an edge. Recognizers are loaded only where the policy has them look. Throws `config-invalid` for one of the policy's own that cannot be used. */
export async function openGuard({ policy, memory, clock }: OpenGuardOptions): Promise<Guard> {
  const { personalData, mode, recognizers } = policy.privacy
  if (personalData !== 'protect' && mode === 'enforce') return createGuard({ policy, clock })
  const { createDetector } = await import('../../privacy/detector.ts')
  const detector = createDetector({ custom: recognizers })
  return createGuard({ policy, detector, clock, ...(memory === undefined ? {} : { memory }) })
}
