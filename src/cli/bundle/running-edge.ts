import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createEgress } from '../../privacy/egress/egress.ts'
import { systemClock } from '../../spec/system-clock.ts'

export interface RunningEdgeOptions {
  readonly port: number
  readonly stateFolder: string
  readonly signal: AbortSignal
}

const timeoutMs = 3000
const longestBytes = 4_194_304

/** What an edge on this machine answers to a question of its operator; undefined when none runs there or it does not take our key. */
export async function askRunningEdge(path: string, options: RunningEdgeOptions): Promise<string | undefined> {
  const { port, stateFolder, signal } = options
  const key = process.env.EDGEWISE_API_KEY || (await readFile(join(stateFolder, 'api-key'), 'utf8').catch(() => ''))
  if (key === '') return undefined
  const url = new URL(path, `http://127.0.0.1:${port}`)
  await using egress = createEgress({ destinations: [{ origin: url.origin }], record: () => {}, clock: systemClock })
  try {
    const { status, body } = await egress.open({
      url,
      method: 'GET',
      headers: { authorization: `Bearer ${key.trim()}` },
      purpose: 'probe',
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      signal,
    })
    const pieces: Uint8Array[] = []
    let bytes = 0
    for await (const piece of body) {
      bytes += piece.length
      if (bytes > longestBytes) return undefined
      pieces.push(piece)
    }
    return status === 200 ? Buffer.concat(pieces).toString('utf8') : undefined
  } catch {
    return undefined
  }
}
