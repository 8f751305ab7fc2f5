import { Pool } from 'undici'
import type { Target } from '../gateway/load.ts'

export interface Outcome {
  /** From the moment that the request was due to the last byte of its answer. */
  readonly latencyMs: number
  /** Of HTTP; 0 when the connection broke. */
  readonly status: number
  /** When the answer was complete, in milliseconds from the start. */
  readonly endedAtMs: number
}

export interface OpenLoopOptions {
  readonly target: Target
  /** JSON of the body of request `index`. */
  readonly body: (index: number) => string
  /** When requests are due, in milliseconds from the start, in order. */
  readonly arrivals: readonly number[]
  /** No more than these are under way from this side; a server that keeps more waiting is told on. */
  readonly mostUnderWay?: number
}

/**
 * Sends each request when it is due, whatever became of those before: a slow server is not spared. Latency counts from the moment a request
 * was due, so that a client that fell behind does not hide what a caller would have waited (coordinated omission).
 */
export async function openLoop({
  target,
  body,
  arrivals,
  mostUnderWay = 4_096,
}: OpenLoopOptions): Promise<readonly Outcome[]> {
  const pool = new Pool(target.origin, { connections: mostUnderWay, pipelining: 1 })
  const outcomes: Promise<Outcome>[] = []
  const start = performance.now()
  const send = async (index: number, dueMs: number): Promise<Outcome> => {
    const status = await statusOf(pool, target, body(index))
    const endedAtMs = performance.now() - start
    return { latencyMs: endedAtMs - dueMs, status, endedAtMs }
  }
  try {
    for (const [index, dueMs] of arrivals.entries()) {
      const restMs = dueMs - (performance.now() - start)
      if (restMs > 1) await new Promise((resolve) => setTimeout(resolve, restMs))
      outcomes.push(send(index, dueMs))
    }
    return await Promise.all(outcomes)
  } finally {
    await pool.destroy()
  }
}

/** When the whole answer is here. */
async function statusOf(pool: Pool, { headers }: Target, body: string): Promise<number> {
  try {
    const { statusCode, body: answer } = await pool.request({
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    await answer.dump({ limit: 1_048_576 })
    return statusCode
  } catch {
    return 0
  }
}
