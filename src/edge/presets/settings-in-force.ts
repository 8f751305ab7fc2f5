import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { EdgeConfig } from '../config.ts'
import { createEdgeMetrics } from '../metrics.ts'
import { workInBackground } from './background.ts'
import { createDelivering } from './delivery.ts'
import type { Foundation } from './foundation.ts'
import { type HubLink, hubSettings, openHubLink } from './hub-link.ts'
import type { StartEdgeOptions } from './node.ts'
import { compareSettings, type ReloadReport, reloadable } from './reload.ts'
import { openServing, type Serving } from './serving.ts'

/** The settings in force, and how they change: all at once, for requests to come. */
export async function openSettings(options: StartEdgeOptions, foundation: Foundation) {
  const { clock, log, readConfig } = options
  const metrics = createEdgeMetrics({
    link: () => serving.hub.profile(),
    ledger: () => foundation.ledger?.stats(),
    store: () => foundation.storeStats(),
  })
  const serve = async (config: EdgeConfig, hub: HubLink): Promise<Serving> => {
    const parts = { ...options, config, foundation, hub, metrics, onDecision: options.onDecision ?? (() => undefined) }
    try {
      return await openServing({ ...parts, ...(readConfig === undefined ? {} : { reload }) })
    } catch (thrown) {
      await hub.release()
      throw thrown
    }
  }
  const { ledger, facts } = foundation
  let serving = await serve(options.config, await openHubLink({ ...options, ledger, facts }))
  const delivering = createDelivering({ outbox: foundation.store.outbox, checkpoints: foundation.checkpoints })
  await delivering.follow(serving.hub)
  const background = workInBackground({ foundation, serving: () => serving, clock, log })
  background.follow(serving.hub)
  let changing: Promise<unknown> = Promise.resolve()
  warnOfPolicy(options.config, log)

  async function change(): Promise<ReloadReport> {
    if (readConfig === undefined) throw new EdgewiseError('config-invalid', 'This edge has no settings to read anew.')
    const asked = await readConfig()
    const before = serving
    const report = compareSettings(before.config, asked)
    if (report.changed.length === 0) return report
    const config = reloadable(before.config, asked)
    const isSameLink = hubSettings(config) === before.hub.settings
    const hub = isSameLink ? before.hub.share() : await openHubLink({ ...options, config, ledger, facts })
    const next = await serve(config, hub)
    if (!isSameLink) {
      await delivering.follow(hub)
      background.follow(hub)
      await firstSign(hub, clock)
    }
    serving = next
    foundation.places.limit = config.limits.concurrency
    foundation.bodies.limits = config.limits
    foundation.localWork.mostMs = config.limits.localWorkMs
    before.retire()
    warnOfPolicy(config, log)
    return report
  }

  function reload(): Promise<ReloadReport> {
    const done = changing.then(change)
    changing = done.catch(() => undefined)
    return done
  }

  return {
    get serving() {
      return serving
    },
    reload,
    async close() {
      await changing
      await background[Symbol.asyncDispose]()
      await delivering[Symbol.asyncDispose]()
      await serving.hub.release()
    },
  }
}

/** How long a new link may take to prove itself before requests are given to it all the same. */
const firstSignMs = 2000

/** Waits until the models of a hub are known, or it cannot be reached. */
async function firstSign({ connection, profile }: HubLink, clock: Clock): Promise<void> {
  if (connection === undefined) return
  for (const until = clock.monotonic() + firstSignMs; clock.monotonic() < until; ) {
    if (connection.generator.unavailable() === undefined || profile().state === 'down') return
    await clock.delay(20)
  }
}

/** Says aloud what the policy makes of the hub. */
function warnOfPolicy({ hub, policy }: EdgeConfig, log: StartEdgeOptions['log']): void {
  if (hub === undefined) return
  const { personalData, mode, nameModel } = policy.privacy
  if (personalData === 'keep') {
    log.warn(
      'policy.privacy.personalData is keep: nothing leaves this edge, so the hub is not used. Set it to protect to send requests after the guard, to allow to send them as they are.',
    )
  } else if (personalData === 'allow' || mode === 'observe') {
    const setting = personalData === 'allow' ? 'personalData is allow' : 'mode is observe'
    log.warn(`policy.privacy.${setting}: requests may go to the hub as they are, personal data included.`)
  } else {
    log.info(
      `policy.privacy.personalData is protect: requests may go to the hub after the guard. Names are ${nameModel === false ? 'found by recognizers alone, since nameModel is false: most are missed' : 'found by a model, which misses some'}.`,
    )
  }
}
