import { EdgewiseError } from '../spec/errors.ts'
import { aborted } from './with-retries.ts'

const timeouts = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']
const certificates = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/

/** What undici threw before the headers were there: `upstream-timeout`, `link-down`, or `upstream-rejected` for a certificate that is not trusted. */
export function connectionError(thrown: unknown, host: string, signal: AbortSignal): EdgewiseError {
  if (signal.aborted) return aborted(signal)
  if (thrown instanceof EdgewiseError) return thrown
  const code = codeOf(thrown)
  const options = { cause: thrown }
  if (timeouts.includes(code)) return new EdgewiseError('upstream-timeout', `${host} did not answer in time`, options)
  if (certificates.test(code)) {
    const advice = 'Behind a proxy with a certificate of its own, name that in NODE_EXTRA_CA_CERTS.'
    const message = `The certificate of ${host} is not trusted (${code}). ${advice}`
    return new EdgewiseError('upstream-rejected', message, options)
  }
  const because = code === '' ? (thrown as Error).message : code
  return new EdgewiseError('link-down', `${host} cannot be reached: ${because}`, options)
}

/** What ended a body too early: `stream-cut`, `upstream-timeout` or `aborted`. */
export function bodyError(thrown: unknown, host: string, signal: AbortSignal): EdgewiseError {
  if (signal.aborted) return aborted(signal)
  const options = { cause: thrown }
  if (timeouts.includes(codeOf(thrown))) {
    return new EdgewiseError('upstream-timeout', `${host} stopped sending in the middle of an answer`, options)
  }
  return new EdgewiseError('stream-cut', `the connection to ${host} was cut in the middle of an answer`, options)
}

function codeOf(thrown: unknown): string {
  const { code, cause } = thrown as { code?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  return typeof cause === 'object' && cause !== null ? codeOf(cause) : ''
}
