import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { EdgeConfig } from '../edge/config.ts'
import { EdgewiseError } from '../spec/errors.ts'

const fileName = 'joined-hub.json'

const joinedHubSchema = z.object({
  url: z.url({ protocol: /^https$/ }),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  hubName: z.string(),
})

/** The hub that this edge has joined: where it is, and the certificate by which it is known. */
export type JoinedHub = z.infer<typeof joinedHubSchema>

/** The hub joined before, or undefined. Throws `store-failed` when the note of it is damaged: forgetting it silently would drop the pin. */
export async function readJoinedHub(stateFolder: string): Promise<JoinedHub | undefined> {
  const path = join(stateFolder, fileName)
  try {
    return joinedHubSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new EdgewiseError(
      'store-failed',
      `${path} cannot be read. Delete it and join again: edgewise edge --join TOKEN.`,
      { cause },
    )
  }
}

/** Remembers the hub for the next starts, in place of any other. */
export async function writeJoinedHub(stateFolder: string, hub: JoinedHub): Promise<void> {
  const path = join(stateFolder, fileName)
  await writeFile(`${path}.new`, `${JSON.stringify(hub, null, 2)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/** Settings with the hub that was joined, unless they name another; where the address is the same, the pin holds. */
export async function withJoinedHub(config: EdgeConfig, stateFolder: string): Promise<EdgeConfig> {
  const joined = await readJoinedHub(stateFolder)
  if (joined === undefined) return config
  const hub = config.hub ?? { url: joined.url }
  const isJoined = new URL(hub.url).origin === new URL(joined.url).origin
  return { ...config, hub: isJoined ? { fingerprint: joined.fingerprint, ...hub } : hub }
}
