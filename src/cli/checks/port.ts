import { listen } from '../../edge/server/listen.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Check } from './check.ts'

/** Whether the edge could listen where the settings say; listens there for a moment. */
export const checkPort: Check = async ({ settings: { config } }) => {
  const { host, port } = config.edge
  const subject = 'port'
  try {
    await using _ = await listen({ fetch: () => new Response(null, { status: 503 }), host, port })
    return { verdict: 'ok', subject, what: port === 0 ? 'any free one' : `${port} on ${host} is free` }
  } catch (error) {
    if (!(error instanceof EdgewiseError)) throw error
    const fix = 'If that is this edge already running, all is well; else set edge.port or --port to another one.'
    return { verdict: error.code === 'port-in-use' ? 'warn' : 'fail', subject, what: error.message, fix }
  }
}
