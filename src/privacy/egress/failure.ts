import { EdgewiseError, type ErrorCode } from '../../spec/errors.ts'

/** How far a send had come: `queued` has written nothing yet, `sent` waits for the headers, `answering` is in the body. */
export type SendPhase = 'queued' | 'sent' | 'answering'

/** What a socket, TLS or HTTP error means to the caller, with the destination and the system's own word for it. */
export function failureOf(thrown: unknown, phase: SendPhase, origin: string): EdgewiseError {
  if (thrown instanceof EdgewiseError) return thrown
  const systemCode = codeOf(thrown)
  const because = systemCode ?? (thrown instanceof Error ? thrown.message : 'unknown cause')
  const isNotHttp =
    systemCode === 'UND_ERR_HEADERS_OVERFLOW' || (thrown instanceof Error && thrown.name === 'HTTPParserError')
  const [code, message] = meaning({ systemCode, isNotHttp, phase, origin, because })
  return new EdgewiseError(code, message, { cause: thrown })
}

interface Findings {
  readonly systemCode: string | undefined
  readonly isNotHttp: boolean
  readonly phase: SendPhase
  readonly origin: string
  readonly because: string
}

function meaning({ systemCode, isNotHttp, phase, origin, because }: Findings): readonly [ErrorCode, string] {
  if (systemCode === 'UND_ERR_DESTROYED' || systemCode === 'UND_ERR_CLOSED') {
    return ['aborted', `the way to ${origin} was closed on this side`]
  }
  if (phase === 'answering') return ['stream-cut', `the answer of ${origin} was cut in the middle (${because})`]
  if (systemCode === 'UND_ERR_INVALID_ARG') {
    return ['internal', `the message for ${origin} is no valid HTTP request: ${because}`]
  }
  if (isNotHttp) {
    return ['upstream-failed', `${origin} does not answer in HTTP (${because}): is another service on that port?`]
  }
  if (systemCode !== undefined && clientCertificateRefused.test(systemCode)) {
    return ['edge-unknown', `${origin} refused this side's certificate (${because}): join again with a new token`]
  }
  if (systemCode !== undefined && serverCertificateInvalid.test(systemCode)) {
    return [
      'fingerprint-mismatch',
      `the certificate of ${origin} cannot be trusted (${because}): pin its fingerprint, or give the server one that a known authority signed`,
    ]
  }
  const how = phase === 'queued' ? 'cannot be reached' : 'closed the connection before it answered'
  return ['link-down', `${origin} ${how} (${because}): check the address and that it is running`]
}

const clientCertificateRefused = /^ERR_SSL_.*ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/
const serverCertificateInvalid = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT|INVALID_|HOSTNAME_MISMATCH)/

function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}
