import { z } from 'zod'

/** What the control server of a demo says about its link. */
export const linkStateSchema = z.object({
  /** Name of the profile; `down` after a cut. */
  profile: z.string(),
  roundTripMs: z.number(),
  upBitsPerSecond: z.number(),
  downBitsPerSecond: z.number(),
  connections: z.number(),
  bytesUp: z.number(),
  bytesDown: z.number(),
  /** Names that can be switched to. */
  profiles: z.array(z.string()),
})

export type LinkState = z.infer<typeof linkStateSchema>
