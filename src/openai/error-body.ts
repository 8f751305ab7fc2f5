import type { EdgewiseError } from '../spec/errors.ts'

export interface ErrorBody {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly code: string
    readonly param: string | null
  }
}

/** An error in OpenAI's shape. `type` is OpenAI's word for the status, `code` the word of our own table. */
export function errorBody(error: EdgewiseError): ErrorBody {
  return {
    error: { message: messageFor(error), type: typeOf(error), code: error.code, param: error.param ?? null },
  }
}

/** Wait that is asked for when nobody knows how long a 503 will last. */
const usualWaitSeconds = 5

/** Headers that go with an error: `retry-after` where trying again helps, `x-should-retry: false` (which the openai clients obey) where it cannot. */
export function errorHeaders(error: EdgewiseError): Record<string, string> {
  const headers: Record<string, string> = {}
  const waitSeconds = error.retryAfterSeconds ?? (error.status === 503 ? usualWaitSeconds : undefined)
  if (waitSeconds !== undefined) headers['retry-after'] = String(Math.max(0, Math.ceil(waitSeconds)))
  if ((!error.retryable && error.status >= 500) || error.code === 'budget-exceeded') headers['x-should-retry'] = 'false'
  if (error.status === 401) headers['www-authenticate'] = 'Bearer'
  return headers
}

/** An unforeseen exception may quote anything: its text stays in the log. */
function messageFor(error: EdgewiseError): string {
  if (error.code !== 'internal' || error.cause === undefined) return error.message
  return 'something went wrong inside Edgewise; its log names this request and the cause'
}

function typeOf({ status, code }: EdgewiseError): string {
  if (code === 'budget-exceeded') return 'insufficient_quota'
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 404) return 'not_found_error'
  if (status === 408) return 'timeout_error'
  if (status === 429) return 'rate_limit_error'
  return status >= 400 && status < 500 ? 'invalid_request_error' : 'server_error'
}
