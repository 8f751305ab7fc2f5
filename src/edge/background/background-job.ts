import { z } from 'zod'
import { inferenceMode } from '../../spec/policy.ts'
import type { OutboxEntry } from '../../store/outbox/outbox.ts'

const jobSchema = z.object({
  version: z.literal(1),
  /** The API key that asked, and that alone may see the answer. */
  keyId: z.string(),
  /** Of the headers; absent: as policy says when it runs. */
  mode: inferenceMode.optional(),
  conversation: z.string().optional(),
  /** How long after it was queued the answer is of use. */
  deadlineMs: z.number().optional(),
  /** Body of the request, as it came. */
  body: z.unknown(),
})

/** What is kept of a background request until it is answered. */
export type BackgroundJob = z.infer<typeof jobSchema>

/** The job of an entry of the outbox; undefined for one that another Edgewise wrote. */
export function jobOf({ body }: OutboxEntry): BackgroundJob | undefined {
  return jobSchema.safeParse(body).data
}
