import type { Placement } from '../placements/placement.ts'
import type { Guard } from '../privacy/guard.ts'
import type { Decision } from '../spec/decision.ts'
import type { EdgewiseError } from '../spec/errors.ts'
import type { LinkProfile } from '../spec/link-profile.ts'
import type { Plan } from '../spec/plan.ts'
import type { Policy } from '../spec/policy.ts'
import { compose, type Exchange, type Next } from './exchange.ts'
import type { LocalWork } from './local-work.ts'
import { type AccountOptions, account } from './middleware/account.ts'
import { admit } from './middleware/admit.ts'
import { type ExecuteOptions, execute } from './middleware/execute.ts'
import { guarding } from './middleware/guard.ts'
import { planning } from './middleware/plan.ts'
import { restoring } from './middleware/restore.ts'
import type { ModelNames } from './model-names.ts'
import type { Places } from './places.ts'

export interface EdgeParts {
  readonly policy: Policy
  readonly guard: Guard
  readonly placements: readonly Placement[]
  readonly link: () => LinkProfile
  readonly names: () => ModelNames
  readonly places: Places
  readonly localWork?: Pick<LocalWork, 'full'>
  readonly takeSent: AccountOptions['takeSent']
  readonly noteSend?: ExecuteOptions['noteSend']
  readonly onDecision: (decision: Decision) => void
  readonly onLoss: (error: EdgewiseError) => void
}

/** The two things that can be done with a request: answer it, or say what would happen. */
export interface Edge {
  readonly answer: Next
  /** The plan that the request would get now. Nothing is executed, sent or recorded. */
  plan(exchange: Exchange): Promise<Plan>
}

/** The life of a request. On the way in the steps act from top to bottom, on the way out from bottom to top. */
export function createEdge(parts: EdgeParts): Edge {
  const decide = [restoring(parts), planning(parts)]
  return {
    answer: compose([account(parts), admit(parts), guarding(parts), ...decide, execute(parts)]),
    async plan(exchange) {
      const guard = guarding(parts, { isRehearsal: true })
      const dryRun = compose([guard, ...decide, async ({ plan }) => ({ plan: plan as Plan, parts: nothing() })])
      return (await dryRun(exchange)).plan
    },
  }
}

async function* nothing() {}
