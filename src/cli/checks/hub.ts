import { createEgress, type Destination } from '../../privacy/egress/egress.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { openIdentity } from '../../sync/enrolment/identity.ts'
import { withJoinedHub } from '../joined-hub.ts'
import type { Check, Finding } from './check.ts'

const subject = 'hub'
const timeoutMs = 3000

/** Whether the hub of this edge answers, and shows the certificate that was pinned when joining. */
export const checkHub: Check = async ({ settings: { config, stateFolder }, signal }) => {
  const { hub } = await withJoinedHub(config.edge, stateFolder)
  if (hub === undefined) return { verdict: 'ok', subject, what: 'none is set; this edge works alone' }
  const { origin } = new URL(hub.url)
  const destination: Destination =
    hub.fingerprint === undefined ? { origin } : { origin, tls: await pin(hub.fingerprint, stateFolder) }
  await using egress = createEgress({ destinations: [destination], record: () => {}, clock: systemClock })
  try {
    const { status } = await egress.open({
      url: new URL('/v1/models', origin),
      method: 'GET',
      headers: {},
      purpose: 'models',
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      signal,
    })
    return found(origin, status, hub.fingerprint !== undefined)
  } catch (error) {
    if (!(error instanceof EdgewiseError)) throw error
    return { verdict: 'fail', subject, what: error.message, fix: fixFor(error) }
  }
}

async function pin(pinnedFingerprint: string, folder: string): Promise<NonNullable<Destination['tls']>> {
  const { certificatePem, privateKeyPem } = await openIdentity({ folder, name: 'edge' })
  return { pinnedFingerprint, certificatePem, privateKeyPem }
}

function found(origin: string, status: number, isPinned: boolean): Finding {
  if (status === 401 || status === 403) {
    const fix = 'Join it again: edgewise edge --join TOKEN, with a token from `edgewise hub token` there.'
    return { verdict: 'fail', subject, what: `${origin} answers, but does not know this edge (status ${status})`, fix }
  }
  if (status >= 400) {
    return {
      verdict: 'warn',
      subject,
      what: `${origin} answers with status ${status}`,
      fix: 'Look at the log of the hub.',
    }
  }
  if (isPinned) return { verdict: 'ok', subject, what: `${origin} answers with the pinned certificate` }
  return {
    verdict: 'warn',
    subject,
    what: `${origin} answers, its certificate is not pinned`,
    fix: 'Join it: edgewise edge --join TOKEN',
  }
}

function fixFor({ code }: EdgewiseError): string {
  if (code === 'fingerprint-mismatch')
    return 'Somebody else answers there, or the hub was set up anew: ask its owner, then join again.'
  return 'See that the hub runs and that this machine can reach it. Until then the edge answers alone.'
}
