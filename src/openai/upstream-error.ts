import { EdgewiseError, type ErrorCode, isErrorCode } from '../spec/errors.ts'

export interface UpstreamFailure {
  /** HTTP status, or absent for an error inside a stream that began well. */
  readonly status?: number
  /** The parsed body or event, whatever it is. */
  readonly body: unknown
  /** How to name the server to a person, without secrets. */
  readonly upstream: string
  /** The upstream's name of the model. */
  readonly model: string
  readonly retryAfterSeconds?: number
  /** A secret that no message may repeat, should the server echo it. */
  readonly secret?: string
}

/**
 * What an upstream's refusal means here. The message holds the status and the upstream's type and code, never its free text: servers
 * quote the prompt there.
 */
export function upstreamError(failure: UpstreamFailure): EdgewiseError {
  const { status, body, upstream, model, retryAfterSeconds, secret } = failure
  const said = readError(body)
  const upstreamStatus = status ?? said.status
  const code = codeFor(upstreamStatus, said)
  const words = [status === undefined ? undefined : `HTTP ${status}`, ...new Set([said.type, said.code])]
  const safe = words.filter((said) => said !== undefined && (secret === undefined || !said.includes(secret)))
  const answer = safe.join(', ') || 'an error'
  return new EdgewiseError(code, `${upstream} answered ${answer}; ${advice(code, upstreamStatus, model)}`, {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(upstreamStatus === undefined ? {} : { upstreamStatus }),
  })
}

/** True for what servers send in place of a chunk: `{error: ...}`, or vLLM's older `{object: "error"}`. */
export function isErrorEvent(body: unknown): boolean {
  if (!isObject(body)) return false
  return (body.error !== undefined && body.error !== null) || body.object === 'error'
}

interface SaidError {
  readonly type: string | undefined
  readonly code: string | undefined
  /** A status that the body itself names. */
  readonly status: number | undefined
  readonly isAboutContext: boolean
}

/** Codes that a hub of ours sends and that mean the same to whoever asked this edge. */
const relayed: ReadonlySet<ErrorCode> = new Set([
  'context-exceeded',
  'overloaded',
  'rate-limited',
  'budget-exceeded',
  'engine-unavailable',
  'engine-crashed',
  'link-down',
  'upstream-timeout',
  'upstream-rejected',
  'stream-cut',
  'deadline-exceeded',
  'edge-unknown',
  'model-not-found',
] as const)

function codeFor(status: number | undefined, said: SaidError): ErrorCode {
  if (said.code !== undefined && isErrorCode(said.code) && relayed.has(said.code)) return said.code
  if (said.isAboutContext && (status === undefined || status < 500)) return 'context-exceeded'
  // Money, not load: waiting does not help.
  if (said.code === 'insufficient_quota' || said.type === 'insufficient_quota') return 'upstream-rejected'
  if (status === 429) return 'overloaded'
  if (status === 408) return 'upstream-timeout'
  return status !== undefined && status >= 400 && status < 500 ? 'upstream-rejected' : 'upstream-failed'
}

function advice(code: ErrorCode, status: number | undefined, model: string): string {
  if (code === 'context-exceeded') return 'prompt and answer do not fit its context: shorten them or lower max_tokens'
  if (code === 'overloaded') return 'it takes no more requests now: try again later'
  if (code === 'rate-limited') return 'this edge sends it more than it grants: try again later (hub.limits there)'
  if (code === 'budget-exceeded') return 'the money that it grants this edge is spent (hub.limits there)'
  if (status === 401) return 'check the API key that is configured for it'
  if (status === 403) return 'check what the API key that is configured for it may do'
  if (status === 404) return `check its base URL and that it serves the model ${JSON.stringify(model)}`
  if (status === 413) return 'the request is too large for it'
  if (code === 'upstream-rejected') return 'it does not take this request: see its own log for the reason'
  return 'see its own log for the reason'
}

const aboutContext =
  /context[ _-]?(length|window|size)|maximum context|max_model_len|prompt is too long|too many (input )?tokens/i

function readError(body: unknown): SaidError {
  const inner = isObject(body) && isObject(body.error) ? body.error : body
  const field = (name: string) => (isObject(inner) ? inner[name] : undefined)
  const type = word(field('type'))
  const code = word(field('code'))
  const numeric = [field('code'), field('status')].map(Number).find((value) => value >= 400 && value < 600)
  const text = typeof inner === 'string' ? inner : field('message')
  const isAboutContext = [type, code, text].some((said) => typeof said === 'string' && isContextWord(said))
  return { type, code, status: numeric, isAboutContext }
}

function isContextWord(said: string): boolean {
  return said === 'exceed_context_size_error' || aboutContext.test(said.slice(0, 4096))
}

/** An identifier is safe to repeat; a sentence is not. */
function word(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
