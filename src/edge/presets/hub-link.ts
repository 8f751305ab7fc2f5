import { createEgress, type Destination, type EgressRecord } from '../../privacy/egress/egress.ts'
import type { Sent } from '../../privacy/egress/sent-tally.ts'
import type { Ledger, SendFacts } from '../../privacy/ledger/ledger.ts'
import type { LinkProfile } from '../../spec/link-profile.ts'
import type { Outbox } from '../../store/outbox/outbox.ts'
import { deliverOutbox } from '../../sync/delivery/edge.ts'
import { openIdentity } from '../../sync/enrolment/identity.ts'
import type { EdgeConfig } from '../config.ts'
import { connectHub, type HubConnection } from '../hub-connection.ts'
import type { StartEdgeOptions } from './node.ts'

/** The way out of an edge and what lies behind it. Several settings may share one; it is closed with the last of them. */
export interface HubLink {
  /** Tells settings apart that need another link. */
  readonly settings: string
  readonly connection: HubConnection | undefined
  profile(): LinkProfile
  /** What was sent for a request; it is forgotten. */
  takeSent(requestId: string): Sent
  /** Hands over what is queued until the signal aborts; absent without a hub that this edge has joined. */
  deliver?(outbox: Outbox, signal: AbortSignal): Promise<void>
  /** One more user. */
  share(): HubLink
  /** One user less. */
  release(): Promise<void>
}

export interface HubLinkOptions
  extends Pick<StartEdgeOptions, 'config' | 'stateFolder' | 'clock' | 'log' | 'sentBodies'> {
  /** Records what is sent; absent: nothing does. */
  readonly ledger?: Ledger | undefined
  /** What it should tell of running requests, by their ids. */
  readonly facts?: ReadonlyMap<string, SendFacts>
}

const alone: LinkProfile = { state: 'down', because: 'no hub is configured' }

/** What of the settings a link is made of. */
export function hubSettings({ hub, limits, embeddings }: EdgeConfig): string {
  return JSON.stringify([hub, limits.firstTokenMs, limits.interTokenMs, embeddings.hubModel])
}

/** Opens the only way out of this edge, with its hub as the only destination; without a hub there is none. */
export async function openHubLink(options: HubLinkOptions): Promise<HubLink> {
  const { config, stateFolder, clock, log, sentBodies, ledger, facts } = options
  const egress = createEgress({
    destinations: await hubDestinations(config, stateFolder),
    record: logSend(log),
    clock,
    ...(ledger === undefined ? {} : { ledger }),
    factsOf: (requestId) => facts?.get(requestId),
  })
  const { hub, limits, embeddings } = config
  const connection =
    hub &&
    connectHub({
      url: new URL(hub.url),
      open: sentBodies?.watching(egress.open) ?? egress.open,
      clock,
      random: Math.random,
      ...(hub.model === undefined ? {} : { model: hub.model }),
      ...(embeddings.hubModel === undefined ? {} : { embeddingModel: embeddings.hubModel }),
      firstTokenTimeoutMs: limits.firstTokenMs,
      interTokenTimeoutMs: limits.interTokenMs,
      onTrouble: (error: Error) => log.warn(error.message),
    })
  let users = 1
  const link: HubLink = {
    settings: hubSettings(config),
    connection,
    profile: () => connection?.link.profile() ?? alone,
    takeSent(requestId) {
      const sent = egress.sentFor(requestId)
      egress.forget(requestId)
      return sent
    },
    ...(connection === undefined || hub?.fingerprint === undefined
      ? {}
      : {
          deliver: (outbox: Outbox, signal: AbortSignal) =>
            deliverOutbox({
              outbox,
              url: new URL(hub.url),
              open: egress.open,
              link: connection.link,
              clock,
              random: Math.random,
              onTrouble: (error) => log.error({ code: error.code }, error.message),
              signal,
            }),
        }),
    share() {
      users += 1
      return link
    },
    async release() {
      users -= 1
      if (users > 0) return
      await connection?.[Symbol.asyncDispose]()
      await egress[Symbol.asyncDispose]()
    },
  }
  return link
}

/** The hub is the only place that this edge may send to. */
async function hubDestinations({ hub }: EdgeConfig, stateFolder: string): Promise<Destination[]> {
  if (hub === undefined) return []
  const { origin } = new URL(hub.url)
  if (hub.fingerprint === undefined) return [{ origin }]
  const { certificatePem, privateKeyPem } = await openIdentity({ folder: stateFolder, name: 'edge' })
  return [{ origin, tls: { pinnedFingerprint: hub.fingerprint, certificatePem, privateKeyPem } }]
}

function logSend(log: StartEdgeOptions['log']): (record: EgressRecord) => void {
  return (record) => {
    if (record.purpose === 'inference') log.debug({ send: record }, 'sent to the hub')
  }
}
