import { EdgewiseError } from '../../spec/errors.ts'
import type { Destination } from './egress.ts'

/** The destination with its origin in the form of `URL.origin`. Throws `config-invalid` when it cannot be one. */
export function checkedDestination(destination: Destination): Destination {
  const { origin, tls } = destination
  const url = URL.parse(origin)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new EdgewiseError('config-invalid', `"${origin}" is no destination: write https://host:port`)
  }
  if (tls !== undefined && url.protocol !== 'https:') {
    throw new EdgewiseError(
      'config-invalid',
      `${url.origin} has a pinned certificate but is not https: write https://${url.host}`,
    )
  }
  if (tls !== undefined && !/^[0-9a-f]{64}$/i.test(tls.pinnedFingerprint)) {
    throw new EdgewiseError('config-invalid', `the pinned fingerprint of ${url.origin} is not 64 hexadecimal digits`)
  }
  if ((tls?.certificatePem === undefined) !== (tls?.privateKeyPem === undefined)) {
    throw new EdgewiseError('config-invalid', `${url.origin} needs the client certificate and its private key together`)
  }
  return { ...destination, origin: url.origin }
}
