import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Pool } from 'undici'

/** The least that a gateway on the same libraries can do: hand the body on, hand the answer back. */
const [origin = ''] = process.argv.slice(2)
const pool = new Pool(origin, { connections: 64 })
const app = new Hono()
app.post('/v1/chat/completions', async (context) => {
  const sent = await context.req.text()
  const { statusCode, body } = await pool.request({
    path: '/v1/chat/completions',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: sent,
  })
  return context.body(await body.text(), statusCode as 200, { 'content-type': 'application/json' })
})
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  process.send?.({ origin: `http://127.0.0.1:${port}` })
})
process.once('disconnect', () => {
  server.close()
  process.exit(0)
})
