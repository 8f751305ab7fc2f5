import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { edgeConfigSchema } from '../../edge/config.ts'
import { hubConfigSchema } from '../../hub/config.ts'
import type { Decision } from '../../spec/decision.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { formatJoinToken, parseJoinToken } from '../../sync/enrolment/join-token.ts'
import { linkProfile } from '../../testing/link-emulator/link-profiles.ts'
import {
  type EdgeReady,
  type EdgeSettings,
  edgeReadySchema,
  type HubReady,
  type HubSettings,
  hubReadySchema,
  type Leftovers,
} from './child-messages.ts'
import { type DemoChild, startChild } from './child-process.ts'
import { type ControlServer, startControlServer } from './control-server.ts'
import { type DemoCascade, demoCascade } from './demo-cascade.ts'
import { createDemoClient, type DemoClient } from './demo-client.ts'
import { demoEdgeState, forgetDemo, noteDemo } from './demo-file.ts'
import { type DemoLink, startDemoLink } from './demo-link.ts'
import type { DemoOptions } from './demo-options.ts'

export interface StartDemoOptions extends DemoOptions {
  /** Told what is being done now, a few words. */
  readonly onStep: (text: string) => void
  readonly onDecision: (decision: Decision) => void
  readonly onWarning: (text: string) => void
  readonly onSwitch: (from: string, to: string) => void
  /** Aborts a start that is under way. */
  readonly signal: AbortSignal
}

/** A hub process, an edge process, and in this one the link between them and its control server. */
export interface RunningDemo extends AsyncDisposable {
  readonly hub: DemoChild<HubReady>
  readonly edge: DemoChild<EdgeReady>
  readonly link: DemoLink
  readonly cascade: DemoCascade
  readonly control: ControlServer
  readonly client: DemoClient
  /** State folder of the edge, where its ledger is. */
  readonly edgeState: string
  /** Rejects when one of the two processes ends on its own. */
  readonly failed: Promise<never>
}

/** How long the edge gets to find the hub's model before the demo calls itself ready all the same. */
const findCloudWithinMs = 5000

/** Starts everything; disposing ends it and leaves nothing behind. Throws with nothing left when a part cannot start. */
export async function startDemo(options: StartDemoOptions): Promise<RunningDemo> {
  const { onStep, onSwitch, demoFile, signal } = options
  // Before anything starts: an unknown name is the caller's mistake.
  linkProfile(options.link)
  await using opened = new AsyncDisposableStack()
  const { folder, leftovers } = await openFolder(options, opened)
  onStep('starting the hub')
  const hub = opened.use(await startHubProcess(options, { folder, leftovers }))
  onStep('putting the emulated link in front of it')
  const link = opened.use(await startDemoLink({ hubPort: hub.ready.port, onSwitch }))
  onStep('starting the edge, which joins the hub through the link')
  const cascade = await demoCascade(options)
  const edge = opened.use(await startEdgeProcess(options, { folder, leftovers, hub: hub.ready, link, cascade }))
  const { url: edgeUrl, apiKey, port } = edge.ready
  const origins = new Set([`http://127.0.0.1:${port}`, `http://localhost:${port}`])
  const control = opened.use(await startControlServer({ link, apiKey, origins }))
  const note = { pid: process.pid, controlPort: control.port, edgeUrl, apiKey }
  opened.defer(() => forgetDemo({ path: demoFile, pid: process.pid }))
  await noteDemo(demoFile, note)
  const client = opened.use(createDemoClient(note))
  await untilCloudIsFound(client, signal)
  if (options.link !== link.state().profile) link.switchTo(options.link)
  const failed = Promise.race([lost('hub', hub), lost('edge', edge)])
  // Both end with the demo, too, and then nobody may be listening any more.
  failed.catch(() => {})
  const rest = opened.move()
  return {
    hub,
    edge,
    link,
    cascade,
    control,
    client,
    edgeState: demoEdgeState(folder),
    failed,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

interface Surroundings {
  readonly folder: string
  readonly leftovers: Leftovers
}

async function openFolder(
  { keptState, demoFile }: StartDemoOptions,
  opened: AsyncDisposableStack,
): Promise<Surroundings> {
  if (keptState !== undefined) return { folder: keptState, leftovers: { demoFile } }
  const folder = await mkdtemp(join(tmpdir(), 'edgewise-demo-'))
  opened.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return { folder, leftovers: { demoFile, temporaryFolder: folder } }
}

async function startHubProcess(
  options: StartDemoOptions,
  { folder, leftovers }: Surroundings,
): Promise<DemoChild<HubReady>> {
  const { hubPort, cloud, onWarning, signal } = options
  const settings: HubSettings = {
    config: hubConfigSchema.parse({ name: 'demo hub', port: hubPort }),
    stateFolder: join(folder, 'hub'),
    leftovers,
    ...(cloud === undefined ? {} : { cloud }),
  }
  const variables = cloud?.keyEnvironment === undefined ? [] : [cloud.keyEnvironment]
  const child = startChild({ name: 'hub', settings, ready: hubReadySchema, variables, onWarning, signal })
  return child.catch((error) => {
    throw portTaken(error, { port: hubPort, name: 'hub', flag: '--hub-port', variable: 'EDGEWISE_HUB_PORT' })
  })
}

interface EdgeSurroundings extends Surroundings {
  readonly hub: HubReady
  readonly link: DemoLink
  readonly cascade: DemoCascade
}

async function startEdgeProcess(
  options: StartDemoOptions,
  { folder, leftovers, hub, link, cascade }: EdgeSurroundings,
): Promise<DemoChild<EdgeReady>> {
  const { edgePort, edgeModel, mode, onDecision, onWarning, signal } = options
  const config = edgeConfigSchema.parse({
    port: edgePort,
    ...(edgeModel === undefined ? {} : { model: edgeModel }),
    policy: { mode, privacy: { personalData: 'protect' }, cascade: cascade.settings },
  })
  // The token names the hub's own port; the edge is to dial the emulator. The pinned certificate is the same.
  const joinToken = formatJoinToken({ ...parseJoinToken(hub.joinToken), url: `https://127.0.0.1:${link.port}` })
  const settings: EdgeSettings = { config, stateFolder: demoEdgeState(folder), leftovers, joinToken }
  const variables = ['EDGEWISE_API_KEY']
  const child = startChild({
    name: 'edge',
    settings,
    ready: edgeReadySchema,
    variables,
    onDecision,
    onWarning,
    signal,
  })
  return child.catch((error) => {
    throw portTaken(error, { port: edgePort, name: 'edge', flag: '--edge-port', variable: 'EDGEWISE_EDGE_PORT' })
  })
}

interface WantedPort {
  readonly port: number
  readonly name: string
  readonly flag: string
  readonly variable: string
}

function portTaken(error: unknown, { port, name, flag, variable }: WantedPort): unknown {
  if (!(error instanceof EdgewiseError) || error.code !== 'port-in-use') return error
  const message = `Port ${port}, which the ${name} of the demo wants, is already in use. Stop the program that has it (another demo?), or choose another port: ${flag} PORT or ${variable}=PORT.`
  return new EdgewiseError('port-in-use', message, { cause: error })
}

/** The first request should find the whole pair; a hub that offers no model yet is no reason to wait for ever. */
async function untilCloudIsFound(client: DemoClient, signal: AbortSignal): Promise<void> {
  const deadline = systemClock.monotonic() + findCloudWithinMs
  while (systemClock.monotonic() < deadline) {
    if (await client.canAskCloud()) return
    await systemClock.delay(50, signal)
  }
}

async function lost(name: string, { ended }: DemoChild<unknown>): Promise<never> {
  throw new EdgewiseError('internal', `The ${name} of the demo ended: ${await ended}. The demo ends with it.`)
}
