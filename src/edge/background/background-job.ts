import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'
import { inferenceMode } from '../../spec/policy.ts'
import type { OutboxEntry } from '../../store/outbox/outbox.ts'

const jobSchema = z.object({
  version: z.literal(1),
  /** The API key that asked, and that alone may see the answer. */
  keyId: z.string(),
  /** As its headers asked, or as policy was when it came. */
  mode: inferenceMode,
  conversation: z.string().optional(),
  /** How long after it was queued the answer is of use. */
  deadlineMs: z.number().optional(),
  /** Body of the request, as it came. */
  body: z.unknown(),
})

/** What is kept of a background request until it is answered. */
export type BackgroundJob = z.infer<typeof jobSchema>

/** Reads the job of an entry of the outbox. Throws `store-failed` for one that an other Edgewise wrote. */
export function jobOf({ id, body }: OutboxEntry): BackgroundJob {
  const parsed = jobSchema.safeParse(body)
  if (parsed.success) return parsed.data
  const message = `Entry ${id} of the outbox is no background request that this Edgewise understands.`
  throw new EdgewiseError('store-failed', message)
}
