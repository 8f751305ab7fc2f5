import { z } from 'zod'

/** Where an edge asks to join. */
export const joinPath = '/edgewise/v1/join'

/** Body of the request: the secret of a join token, and the name that people give the edge. */
export const joinRequestSchema = z.strictObject({
  secret: z.string().regex(/^[0-9a-f]{64}$/, 'is not 64 hexadecimal digits'),
  name: z
    .string()
    .min(1)
    .max(100)
    // It is printed in terminals and logs.
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+$/u, 'holds characters that cannot be printed'),
})

/** Body of the answer. Unknown fields are left alone: a newer hub may send more. */
export const joinAnswerSchema = z.looseObject({
  edgeId: z.string().regex(/^[0-9a-f]{64}$/),
  hubName: z.string().max(200),
})

export type JoinRequest = z.infer<typeof joinRequestSchema>
export type JoinAnswer = z.infer<typeof joinAnswerSchema>
