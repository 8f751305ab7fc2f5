import { Pool } from 'undici'
import type { Target } from '../gateway/load.ts'

const callers = 4

/** Requests per second that the target answers to a few callers who never pause: its capacity. Throws on any answer but 200. */
export async function sustained({
  target,
  body,
  seconds,
}: {
  readonly target: Target
  readonly body: (index: number) => string
  readonly seconds: number
}): Promise<number> {
  const pool = new Pool(target.origin, { connections: callers, pipelining: 1 })
  const start = performance.now()
  let answered = 0
  // Far from the numbers of the requests that arrive by themselves.
  let index = 1_000_000 + Math.floor(start)
  const loop = async () => {
    while (performance.now() - start < seconds * 1000) {
      index += 1
      const { statusCode, body: answer } = await pool.request({
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json', ...target.headers },
        body: body(index),
      })
      const text = await answer.text()
      if (statusCode !== 200) throw new Error(`${target.name} answered ${statusCode}: ${text.slice(0, 200)}`)
      answered += 1
    }
  }
  try {
    await Promise.all(Array.from({ length: callers }, loop))
    return (1000 * answered) / (performance.now() - start)
  } finally {
    await pool.destroy()
  }
}
