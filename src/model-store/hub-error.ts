import { EdgewiseError } from '../spec/errors.ts'
import { retryAfterSeconds } from './retry-after.ts'

export interface HubErrorOptions {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** What was asked for, for a person: `org/name`, or a file of it. */
  readonly what: string
  /** Page of the model, for a person. */
  readonly page: string
  readonly host: string
  readonly hasToken: boolean
  readonly nowMs: number
}

/** An answer of the hub other than success, as an error that says what to do about it. */
export function hubError(options: HubErrorOptions): EdgewiseError {
  const { status, headers, what, host, nowMs } = options
  const said = told(headers['x-error-message'])
  const after = retryAfterSeconds(headers['retry-after'], nowMs)
  const details = after === undefined ? {} : { retryAfterSeconds: after }
  if (status === 401 || status === 403) return refused(options)
  if (status === 404) return new EdgewiseError('model-not-found', notFound(options))
  if (status === 429) {
    const when = after === undefined ? 'later' : `in ${after} s`
    const advice = options.hasToken ? '' : ' With HF_TOKEN set, the hub allows more requests.'
    const message = `${host} takes no more requests now (429) for ${what}: try again ${when}.${advice}`
    return new EdgewiseError('upstream-failed', message, details)
  }
  if (status >= 500 || status === 408) {
    return new EdgewiseError('upstream-failed', `${host} failed with status ${status} for ${what}${said}`, details)
  }
  return new EdgewiseError('upstream-rejected', `${host} answered with status ${status} for ${what}${said}`)
}

function refused({ status, headers, what, page, host, hasToken }: HubErrorOptions): EdgewiseError {
  const code = headers['x-error-code']
  if (code === 'GatedRepo') {
    const token = hasToken ? 'The account of HF_TOKEN is not let in.' : 'HF_TOKEN is not set.'
    const advice = `Accept the conditions at ${page}, then pull with HF_TOKEN set to a token of that account.`
    return new EdgewiseError('unauthorized', `${what} is gated (${status}). ${token} ${advice}`)
  }
  // The hub says the same of what is private and of what does not exist.
  const advice = hasToken
    ? 'Check the name; if it is right, HF_TOKEN is wrong, has expired or may not read it.'
    : 'Check the name; if it is right, the model is private: set HF_TOKEN to a token that may read it.'
  return new EdgewiseError('unauthorized', `${host} gives no access to ${what} (${status}). ${advice}`)
}

function notFound({ headers, what, host }: HubErrorOptions): string {
  switch (headers['x-error-code']) {
    case 'RevisionNotFound':
      return `${host} has no such revision of ${what}. Name a branch, a tag or a whole commit after @.`
    case 'EntryNotFound':
      return `${host} no longer has ${what}, which it has listed. Pull again.`
    default:
      return `${host} has no model ${what}. Check the name; HF_ENDPOINT names another hub.`
  }
}

/** What the hub says of it, short and without anything that a terminal would obey. */
function told(message: string | undefined): string {
  if (message === undefined || message === '') return ''
  return `: ${message.replace(/[^\x20-\x7e]/g, ' ').slice(0, 200)}`
}
