import { type Context, Hono } from 'hono'
import { completionsDialect } from '../../openai/dialects/completions-dialect.ts'
import { errorBody, errorHeaders } from '../../openai/error-body.ts'
import { readBody } from '../../openai/http/read-body.ts'
import { parseJsonBody } from '../../openai/json-body.ts'
import { modelBody } from '../../openai/models-body.ts'
import { acknowledgePath } from '../../spec/detached.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { HubStore } from '../../store/store.ts'
import { deliveryPath } from '../../sync/delivery/protocol.ts'
import { acceptEdge } from '../../sync/enrolment/join-hub.ts'
import { joinPath } from '../../sync/enrolment/join-protocol.ts'
import { type ChatRouteOptions, chatRoute } from '../data-plane/chat-route.ts'
import { embeddingsDialect } from '../data-plane/embeddings-dialect.ts'
import { type DeliveryRouteOptions, deliveryRoute } from '../deliveries/delivery-route.ts'
import { type AccessOptions, admitCallers, type HubVariables } from './access.ts'

export interface HubAppOptions extends ChatRouteOptions, AccessOptions {
  readonly hubName: string
  readonly store: HubStore
  /** Told of every edge that joined. */
  readonly onJoin: (edgeId: string) => void
  readonly delivering: Pick<DeliveryRouteOptions, 'admission' | 'onNotice'>
  /** Told of errors that are our own fault. */
  readonly onBug: (error: EdgewiseError) => void
}

const largestJoinBytes = 4096
const joinMs = 10_000

/** The HTTP face of a hub. Every route but health and joining asks who calls. */
export function createHubApp(options: HubAppOptions): Hono<HubVariables> {
  const { pool, metrics, clock } = options
  const admitted = admitCallers(options)
  const created = Math.floor(clock.now() / 1000)
  const app = new Hono<HubVariables>()

  app.get('/health', (context) => context.json({ status: 'ok' }))
  app.post(joinPath, joinRoute(options))
  const { store, delivering } = options
  app.post(deliveryPath, admitted, deliveryRoute({ deliveries: store.deliveries, clock, ...delivering }))
  app.get('/edgewise/v1/ping', admitted, (context) => context.text('ok'))
  app.post('/v1/chat/completions', admitted, chatRoute(options))
  app.post('/v1/completions', admitted, chatRoute(options, completionsDialect))
  app.post('/v1/embeddings', admitted, chatRoute(options, embeddingsDialect))
  const models = pool.models.map(({ id, capabilities }) => ({
    ...modelBody({ id, ownedBy: 'edgewise', created }),
    // For edges: what else than text they may ask of it.
    capabilities,
  }))
  app.post(acknowledgePath(':key'), admitted, async (context) => {
    await options.kept.acknowledge(context.get('caller'), context.req.param('key') ?? '')
    return context.body(null, 204)
  })
  app.get('/v1/models', admitted, (context) => context.json({ object: 'list', data: models }))
  app.get('/v1/models/:id{.+}', admitted, (context) => {
    const model = models.find(({ id }) => id === context.req.param('id'))
    if (model !== undefined) return context.json(model)
    throw new EdgewiseError('model-not-found', 'No such model here; GET /v1/models lists them.', { param: 'model' })
  })
  app.get('/metrics', admitted, async (context) => context.text(await metrics.text()))

  app.notFound(({ req }) =>
    failed(new EdgewiseError('not-found', `There is no ${req.method} ${req.path.slice(0, 200)} here.`)),
  )
  app.onError((thrown, context) => {
    const error = asEdgewiseError(thrown)
    if (error.status === 500) options.onBug(error)
    return failed(error, context.res.headers.get('x-edgewise-request-id'))
  })
  return app
}

function joinRoute({ store, clock, hubName, sockets, known, onJoin }: HubAppOptions) {
  return async (context: Context<HubVariables>): Promise<Response> => {
    const timer = new AbortController()
    const late = new EdgewiseError('request-timeout', `The request to join was not complete after ${joinMs} ms.`)
    clock.delay(joinMs, timer.signal).then(
      () => timer.abort(late),
      () => {},
    )
    try {
      const text = await readBody({ request: context.req.raw, maxBytes: largestJoinBytes, signal: timer.signal })
      const publicKey = sockets.peerOf(context.env.incoming.socket)?.publicKey
      const joined = await acceptEdge({ store, clock, hubName, publicKey, body: parseJsonBody({ text }) })
      known.refresh()
      onJoin(joined.edgeId)
      return context.json(joined)
    } finally {
      timer.abort()
    }
  }
}

/** An error in OpenAI's shape. */
function failed(error: EdgewiseError, requestId: string | null = null): Response {
  return Response.json(errorBody(error), {
    status: error.status,
    headers: { ...errorHeaders(error), ...(requestId === null ? {} : { 'x-edgewise-request-id': requestId }) },
  })
}
