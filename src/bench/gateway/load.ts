import { Pool } from 'undici'

export interface Target {
  readonly name: string
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
}

export interface LoadResult {
  /** Per request, from the call to the last byte of the answer. */
  readonly latenciesMs: readonly number[]
  readonly requestsPerSecond: number
}

/** The one request that all targets get. */
export const requestBody = JSON.stringify({
  model: 'mock-model',
  messages: [{ role: 'user', content: 'Is the pump within its limits?' }],
  max_tokens: 32,
})

/** A closed loop: each connection sends its next request when the last answer is complete. Throws on any answer but 200. */
export async function load({
  target,
  connections,
  seconds,
}: {
  target: Target
  connections: number
  seconds: number
}): Promise<LoadResult> {
  await using pool = disposable(new Pool(target.origin, { connections, pipelining: 1 }))
  const latenciesMs: number[] = []
  const start = performance.now()
  const until = start + seconds * 1000
  const loop = async () => {
    while (performance.now() < until) {
      const sent = performance.now()
      const { statusCode, body: answer } = await pool.request({
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json', ...target.headers },
        body: requestBody,
      })
      const text = await answer.text()
      if (statusCode !== 200) throw new Error(`${target.name} answered ${statusCode}: ${text.slice(0, 200)}`)
      latenciesMs.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: connections }, loop))
  return { latenciesMs, requestsPerSecond: (1000 * latenciesMs.length) / (performance.now() - start) }
}

function disposable(pool: Pool): Pool & AsyncDisposable {
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.destroy() })
}
