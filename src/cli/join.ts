import { createEgress } from '../privacy/egress/egress.ts'
import type { Ledger } from '../privacy/ledger/ledger.ts'
import { systemClock } from '../spec/system-clock.ts'
import { openIdentity } from '../sync/enrolment/identity.ts'
import { joinHub } from '../sync/enrolment/join-edge.ts'
import { parseJoinToken } from '../sync/enrolment/join-token.ts'
import { type JoinedHub, writeJoinedHub } from './joined-hub.ts'

export interface JoinOptions {
  readonly token: string
  /** Name of this edge, as the hub lists it. */
  readonly name: string
  readonly stateFolder: string
  readonly signal: AbortSignal
  /** Records that it was sent; absent: nothing does. */
  readonly ledger?: Ledger | undefined
}

/**
 * Joins the hub of a token with this machine's own key (made at the first time), pins its certificate and remembers both.
 * Throws `token-invalid`, `fingerprint-mismatch`, `link-down`; nothing is remembered then.
 */
export async function join({ token: text, name, stateFolder, signal, ledger }: JoinOptions): Promise<JoinedHub> {
  const token = parseJoinToken(text)
  const identity = await openIdentity({ folder: stateFolder, name: 'edge' })
  const { certificatePem, privateKeyPem } = identity
  const tls = { pinnedFingerprint: token.fingerprint, certificatePem, privateKeyPem }
  const destination = { origin: new URL(token.url).origin, tls }
  await using egress = createEgress({
    destinations: [destination],
    record: () => {},
    clock: systemClock,
    ...(ledger === undefined ? {} : { ledger }),
  })
  const { url, fingerprint, hubName } = await joinHub({ token, identity, name, open: egress.open, signal })
  await writeJoinedHub(stateFolder, { url, fingerprint, hubName })
  return { url, fingerprint, hubName }
}
