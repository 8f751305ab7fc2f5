import { z } from 'zod'

/** Where an edge hands over what it has queued. */
export const deliveryPath = '/edgewise/v1/deliveries'

/** Most of one batch; a hub takes in a little more than an edge sends. */
export const mostEntries = 512
export const mostBatchBytes = 2 ** 20
export const largestDeliveryBytes = 2 ** 23

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'is not 64 hexadecimal digits')

/** Body of the request: entries under consecutive numbers of one epoch. Without entries it only shows where the edge stands. */
export const deliverySchema = z.object({
  epoch: z.string().regex(/^[0-9a-f]{32}$/, 'is not 32 hexadecimal digits'),
  first: z.int().min(1),
  /** Running hash over everything before; see `chainHead`. */
  head: hash,
  entries: z
    .array(
      z.object({
        id: z.string().min(1).max(100),
        kind: z.string().regex(/^[a-z][a-z-]{0,39}$/, 'is no kind of entry'),
        enqueuedAt: z.int(),
        /** JSON, as text: what the hash is made of. */
        body: z.string(),
      }),
    )
    .max(4096),
})

/** Body of the answer: everything up to `durableUpTo` is on the hub's disk, and the edge may forget it. */
export const deliveryAnswerSchema = z.looseObject({ durableUpTo: z.int().min(0), head: hash })

export type Delivery = z.infer<typeof deliverySchema>
export type DeliveryAnswer = z.infer<typeof deliveryAnswerSchema>
