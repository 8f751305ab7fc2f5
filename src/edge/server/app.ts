import { type Handler, Hono } from 'hono'
import { chatDialect } from '../../openai/dialects/chat-dialect.ts'
import { completionsDialect } from '../../openai/dialects/completions-dialect.ts'
import { errorBody, errorHeaders } from '../../openai/error-body.ts'
import { modelsBody } from '../../openai/models-body.ts'
import type { Decision } from '../../spec/decision.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { InferenceMode } from '../../spec/policy.ts'
import type { ResponseLog } from '../../store/store.ts'
import type { BackgroundAnswers } from '../background/background-answers.ts'
import type { EmbeddingEdge } from '../embeddings.ts'
import type { EdgeMetrics } from '../metrics.ts'
import type { PageAsset } from '../page/assets.ts'
import type { TakeFeedback } from '../telemetry/feedback.ts'
import { type AccessOptions, type AccessVariables, apiKey, hostAndOrigin } from './access.ts'
import { type AnswerRouteOptions, answerRoute, planRoute } from './answer-route.ts'
import { embeddingsDialect } from './embeddings-dialect.ts'
import { feedbackRoute } from './feedback-route.ts'
import { responsesRoutes } from './responses-routes.ts'

export interface EdgeAppOptions extends AnswerRouteOptions {
  readonly embeddings: EmbeddingEdge
  readonly responses: ResponseLog
  /** False when this edge keeps no responses at all. */
  readonly keepsResponses: boolean
  /** One that takes more is answered but not stored. */
  readonly mostResponseBytes: number
  /** Requests that are answered later; absent: there is no queue for them. */
  readonly background?: BackgroundAnswers
  /** Of policy, for what names none. */
  readonly mode: InferenceMode
  /** Aborts when no request is taken any more. */
  readonly draining?: AbortSignal
  readonly access: AccessOptions
  readonly metrics: EdgeMetrics
  readonly models: () => readonly { readonly id: string; readonly ownedBy: string; readonly created: number }[]
  readonly status: () => Readonly<Record<string, unknown>>
  /** The bytes that left for a request, where they are kept; absent: they are not. */
  readonly findSent?: (requestId: string) => string | undefined
  /** Takes ratings of answers; absent: there is nowhere to keep them. */
  readonly takeFeedback?: TakeFeedback
  readonly findDecision: (requestId: string) => Promise<Decision | undefined>
  readonly page: ReadonlyMap<string, PageAsset>
  /** True while running answers may finish and no request is taken any more. */
  readonly isDraining?: () => boolean
  /** Reads the settings anew; absent: there are none to read. */
  readonly reload?: () => Promise<object>
  /** Told of errors that are our own fault (status 500). */
  readonly onBug: (error: EdgewiseError) => void
}

/** The HTTP face of an edge: OpenAI's wire, and what an operator asks. */
export function createEdgeApp(options: EdgeAppOptions): Hono<AccessVariables> {
  const { access, metrics, models, status, findDecision, findSent, page, onBug, isDraining, reload } = options
  const app = new Hono<AccessVariables>()
  const withKey = apiKey(access)
  app.use(hostAndOrigin(access))
  app.options('*', (context) => {
    context.header('access-control-allow-methods', 'GET, POST, DELETE')
    // Clients send headers of their own, such as x-stainless-os; what is not known here has no effect.
    context.header(
      'access-control-allow-headers',
      context.req.header('access-control-request-headers') ?? 'authorization, content-type',
    )
    context.header('access-control-max-age', '600')
    return context.body(null, 204)
  })
  for (const [path, { body, type }] of page) app.get(path, (context) => context.body(body, 200, pageHeaders(type)))

  app.get('/health', (context) =>
    isDraining?.() ? context.json({ status: 'draining' }, 503) : context.json({ status: 'ok' }),
  )
  app.post('/v1/chat/completions', withKey, answerRoute(chatDialect, options))
  app.post('/v1/completions', withKey, answerRoute(completionsDialect, options))
  const { embeddings } = options
  app.post('/v1/embeddings', withKey, answerRoute(embeddingsDialect(embeddings), { ...options, edge: embeddings.edge }))
  const stored = responsesRoutes(options)
  app.post('/v1/responses', withKey, stored.create)
  app.get('/v1/responses/:id', withKey, stored.retrieve)
  app.post('/v1/responses/:id/cancel', withKey, stored.cancel)
  app.delete('/v1/responses/:id', withKey, stored.remove)
  app.get('/v1/responses/:id/input_items', withKey, stored.inputItems)
  app.get('/v1/models', withKey, (context) => context.json(modelsBody(models())))
  app.get('/v1/models/:id{.+}', withKey, (context) => {
    const model = modelsBody(models().filter(({ id }) => id === context.req.param('id'))).data[0]
    if (model === undefined)
      throw new EdgewiseError('model-not-found', 'No such model here; GET /v1/models lists them.', { param: 'model' })
    return context.json(model)
  })
  app.post('/edgewise/v1/plan', withKey, planRoute(chatDialect, options))
  app.get('/edgewise/v1/status', withKey, (context) => context.json(status()))
  app.get('/edgewise/v1/requests/:id', withKey, async (context) => {
    const decision = await findDecision(context.req.param('id'))
    if (decision === undefined) throw new EdgewiseError('not-found', 'No decision is kept under this request id.')
    return context.json(decision)
  })
  const { takeFeedback } = options
  if (takeFeedback !== undefined) app.post('/edgewise/v1/feedback', withKey, feedbackRoute(takeFeedback, options))
  if (reload !== undefined) app.post('/edgewise/v1/reload', withKey, reloadRoute(reload))
  if (findSent !== undefined) {
    app.get('/edgewise/v1/requests/:id/sent', withKey, (context) => {
      const body = findSent(context.req.param('id'))
      if (body === undefined) throw new EdgewiseError('not-found', 'Nothing that left is kept under this request id.')
      return context.text(body)
    })
  }
  app.get('/metrics', withKey, async (context) => context.text(await metrics.text()))

  app.notFound(({ req }) => {
    const path = req.path.slice(0, 200)
    const allowed = methodsOf(app, req.path)
    if (allowed.length === 0 || allowed.includes(req.method))
      return failed(new EdgewiseError('not-found', `There is no ${req.method} ${path} here.`))
    const allow = allowed.join(', ')
    const response = failed(new EdgewiseError('method-not-allowed', `${path} takes ${allow}, not ${req.method}.`))
    response.headers.set('allow', allow)
    return response
  })
  app.onError((thrown, context) => {
    const error = asEdgewiseError(thrown)
    if (error.status === 500) onBug(error)
    return failed(error, context.res.headers)
  })
  return app
}

/** The methods that are answered on this path. */
function methodsOf({ router }: Hono<AccessVariables>, path: string): readonly string[] {
  return ['GET', 'POST', 'DELETE'].filter((method) => {
    const [handlers] = router.match(method, path)
    // What runs for every path and method is no route.
    return handlers.some(([[, route]]) => route.method === method)
  })
}

/** What has changed; 409 with everything that is wrong in them when the settings are not good, and those before stay in force. */
function reloadRoute(reload: () => Promise<object>): Handler<AccessVariables> {
  return async (context) => {
    try {
      return context.json(await reload())
    } catch (thrown) {
      const error = asEdgewiseError(thrown)
      if (error.code === 'config-invalid') return context.json(errorBody(error), 409)
      throw error
    }
  }
}

/** An error in OpenAI's shape. `kept` are headers that were already decided, such as the request's id. */
function failed(error: EdgewiseError, kept?: Headers): Response {
  const headers = new Headers({ ...errorHeaders(error), 'content-type': 'application/json' })
  for (const [name, value] of kept ?? []) if (name.startsWith('x-edgewise-')) headers.set(name, value)
  if (!headers.has('x-edgewise-reason')) headers.set('x-edgewise-reason', error.code)
  return new Response(JSON.stringify(errorBody(error)), { status: error.status, headers })
}

function pageHeaders(type: string): Record<string, string> {
  return {
    'content-type': type,
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' http://127.0.0.1:*; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  }
}
