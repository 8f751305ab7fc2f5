import { EdgewiseError } from '../spec/errors.ts'
import { markSanitised, type SanitisedRequest } from '../spec/outbound.ts'
import type { InferenceRequest } from '../spec/request.ts'
import { isLoopbackHost } from '../spec/safe-url.ts'

export interface OnPremisesOptions {
  readonly url: string
  /** The owner's word that this address is inside the building. */
  readonly onPremises: boolean
}

/**
 * Lets requests go as they are to one address that is inside the building: this machine, or where the owner says so. Egress refuses to send them
 * anywhere else. Throws `config-invalid` for any other address.
 */
export function admitOnPremises({
  url,
  onPremises,
}: OnPremisesOptions): (request: InferenceRequest) => SanitisedRequest {
  const { origin, hostname } = new URL(url)
  if (!onPremises && !isLoopbackHost(hostname)) {
    throw new EdgewiseError(
      'config-invalid',
      `${origin} is another machine, and nobody says that it is inside the building`,
    )
  }
  return (request) => markSanitised({ ...request }, { onlyTo: origin })
}
