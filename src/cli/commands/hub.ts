import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { type HubConfig, hubConfigSchema } from '../../hub/config.ts'
import type { HubAdmin } from '../../hub/control-plane/hub-admin.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { addLogOption, type LogOptions, openLog } from '../log-option.ts'
import { nearestWord } from '../nearest-word.ts'
import { parsedBy } from '../parsed-by.ts'
import { addSettingsOptions, readSettings, type SettingsOptions } from '../settings.ts'
import { makeStateFolder } from '../state-folder.ts'
import { listenForStop } from '../stop-signal.ts'
import { tellEdges } from '../tell-edges.ts'
import { tellUsage } from '../tell-usage.ts'

interface HubOptions extends SettingsOptions, LogOptions {
  readonly host?: string
  readonly port?: number
  readonly publicUrl?: string
}

/** A hub makes it when it starts for the first time. */
const hubApiKeyFile = 'hub-api-key'

/** `edgewise hub`: runs the program in the cloud; `token`, `edges`, `revoke`, `usage` and `ledger` look after the edges that join it. */
export function registerHub(program: Command): void {
  const { host, port, publicUrl } = hubConfigSchema.shape
  const hub: Command = program
    .command('hub')
    .description('run the hub: the larger models, for the edges that have joined')
    .addOption(
      new Option('--port <port>', 'port to listen on; 0 takes a free one')
        .env('EDGEWISE_HUB_PORT')
        .argParser(parsedBy(port, { isNumber: true })),
    )
    .option('--host <address>', 'address to listen on; 0.0.0.0 for other machines to reach it', parsedBy(host))
    .option('--public-url <url>', 'address that edges dial', parsedBy(publicUrl))
    .allowExcessArguments()
    .helpCommand(false)
    .action((options: HubOptions) => {
      const [word] = hub.args
      return word === undefined ? runHub(options) : refuse(hub, word)
    })
    .addHelpText('after', examples)
  addLogOption(addSettingsOptions(hub))
  registerEdgeCommands(hub)
}

const examples = `
Examples:
  edgewise hub --host 0.0.0.0 --public-url https://hub.example:4600
  edgewise hub token               on the hub; then on the edge: edgewise edge --join TOKEN
  edgewise hub edges
  edgewise hub revoke 3f9a12
  edgewise hub usage --json
  edgewise hub ledger 3f9a12

With DATABASE_URL=postgresql://... in the environment, the joined edges and what they spent are kept in that PostgreSQL database,
for several hubs to share; without it, in the state folder.`

const checkpointCount = z.int().min(1).max(100_000)

function registerEdgeCommands(hub: Command): void {
  const token = hub
    .command('token')
    .description('print a join token: for one edge, once, within 15 minutes')
    .option('--public-url <url>', 'address that the edge will dial', parsedBy(hubConfigSchema.shape.publicUrl))
    .action(() => administer(token, mintToken))
  const edges = hub
    .command('edges')
    .description('list the edges that have joined')
    .action(() => administer(edges, async (admin) => tellEdges(await admin.listEdges())))
  const revoke = hub
    .command('revoke')
    .description('cut an edge off')
    .argument('<id>', 'its id, or its first digits (6 at least)')
    .action((id: string) =>
      administer(revoke, async (admin) => {
        const edge = await admin.revokeEdge(id)
        return `${edge.name} (${edge.id}) is cut off. It can only come back with a new join token.\n`
      }),
    )
  const usage = hub
    .command('usage')
    .description('print what each edge used and spent, today and this month (UTC)')
    .option('--json', 'as JSON; money in millionths of the currency')
    .action(({ json = false }: { readonly json?: boolean }) =>
      administer(usage, (admin, config) => tellUse(admin, config, json)),
    )
  const ledger = hub
    .command('ledger')
    .description('print the last checkpoints of the ledger of an edge, which this hub keeps')
    .argument('<edge>', 'its id, or its first digits (6 at least)')
    .option('-n, --lines <count>', 'how many', parsedBy(checkpointCount, { isNumber: true }), 20)
    .option('--json', 'as JSON, for `edgewise ledger verify --head`')
    .action((id: string, { lines, json = false }: { readonly lines: number; readonly json?: boolean }) =>
      administer(ledger, (admin) => tellLedger(admin, { id, lines, json })),
    )
  for (const command of [token, edges, revoke, usage, ledger]) addSettingsOptions(command)
}

function refuse(hub: Command, word: string): never {
  const names = hub.commands.map((command) => command.name())
  const near = nearestWord(word, names)
  const hint = near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`
  hub.error(`error: unknown command 'hub ${word}'. ${hint}`)
}

async function runHub(options: HubOptions): Promise<void> {
  using stop = listenForStop({ signals: process, exit: (code) => process.exit(code) })
  const { config, stateFolder } = await readSettings(options)
  await makeStateFolder(stateFolder)
  const { startHub } = await import('../../hub/server.ts')
  const hub = await startHub({
    config: withOptions(config.hub, options),
    stateFolder,
    ...databaseOf(process.env),
    clock: systemClock,
    log: openLog(options),
  })
  process.stdout.write(
    `The hub answers at ${hub.url}. SHA-256 of its certificate: ${hub.fingerprint}. ` +
      `Let an edge join: edgewise hub token${givenAgain(options)}. Ctrl-C ends it.\n`,
  )
  warnIfUnreachable(withOptions(config.hub, options))
  await stop.stopped
  await hub.close()
}

/** Edges would dial an address at which nobody listens. A proxy on this machine may pass them on, so it is no mistake by itself. */
function warnIfUnreachable({ host, publicUrl }: HubConfig): void {
  if (publicUrl === undefined || isLoopback(new URL(publicUrl).hostname) || !isLoopback(host)) return
  const text = `edges will dial ${publicUrl}, but this hub listens on ${host} alone, which only this machine can reach. Start it with --host 0.0.0.0 (or set hub.host), unless a proxy here passes connections on.`
  process.stderr.write(`Warning: ${text}\n`)
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\..*|\[?::1\]?)$/.test(host)
}

/** The options that the hub was started with and that `hub token` has to be given too, or it speaks of another hub. */
function givenAgain({ config, state, port, publicUrl }: HubOptions): string {
  const given = { config, state, port, 'public-url': publicUrl }
  const words = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]))
  return words.length === 0 ? '' : ` ${words.join(' ')}`
}

/** Where the hub's store is, when it is not in the state folder. A URL holds a password, so it comes from the environment alone. */
function databaseOf({ DATABASE_URL: databaseUrl }: NodeJS.ProcessEnv): { readonly databaseUrl?: string } {
  return databaseUrl === undefined || databaseUrl === '' ? {} : { databaseUrl }
}

/** Acts on the state of the hub, which may be running. Options given before the subcommand count for it too. */
async function administer(
  command: Command,
  act: (admin: HubAdmin, config: HubConfig) => Promise<string>,
): Promise<void> {
  const { openHubAdmin } = await import('../../hub/control-plane/hub-admin.ts')
  const options = command.optsWithGlobals<HubOptions>()
  const { config, stateFolder } = await readSettings(options)
  const hub = withOptions(config.hub, options)
  warnUnlessRun(stateFolder)
  await using admin = await openHubAdmin({ config: hub, stateFolder, ...databaseOf(process.env), clock: systemClock })
  process.stdout.write(await act(admin, hub))
}

/** A folder that is named wrongly gets a hub of its own, with a certificate that no running hub shows. */
function warnUnlessRun(stateFolder: string): void {
  if (existsSync(join(stateFolder, hubApiKeyFile))) return
  const text = `No hub has run with the state folder ${stateFolder} so far: name that of your hub with --state, or start one there (edgewise hub --state ${stateFolder}).`
  process.stderr.write(`Warning: ${text}\n`)
}

async function tellUse({ store }: HubAdmin, config: HubConfig, json: boolean): Promise<string> {
  const { usageOfCallers } = await import('../../hub/control-plane/caller-usage.ts')
  const usage = await usageOfCallers({ store, config, clock: systemClock })
  return json ? `${JSON.stringify(usage, null, 2)}\n` : tellUsage(usage)
}

interface LedgerWish {
  readonly id: string
  readonly lines: number
  readonly json: boolean
}

async function tellLedger({ findEdge, store }: HubAdmin, { id, lines, json }: LedgerWish): Promise<string> {
  const { edgeCheckpoints } = await import('../../hub/control-plane/edge-checkpoints.ts')
  const { checkpointsAsJson, tellCheckpoints } = await import('../tell-checkpoints.ts')
  const edge = await findEdge(id)
  const checkpoints = await edgeCheckpoints({ deliveries: store.deliveries, edge: edge.id, limit: lines })
  return json ? checkpointsAsJson(edge, checkpoints) : tellCheckpoints(edge, checkpoints)
}

/** The token alone goes to stdout, for scripts; the rest is for the person who reads along. */
async function mintToken(admin: HubAdmin): Promise<string> {
  const { parseJoinToken } = await import('../../sync/enrolment/join-token.ts')
  const token = await admin.mintJoinToken()
  const { url } = parseJoinToken(token)
  const reach = isLoopback(new URL(url).hostname)
    ? ', which only this machine can reach: set hub.publicUrl or --public-url for others'
    : ''
  process.stderr.write(`For one edge, once, within 15 minutes. The edge will dial ${url}${reach}.\n`)
  return `${token}\n`
}

function withOptions(config: HubConfig, { host, port, publicUrl }: HubOptions): HubConfig {
  return {
    ...config,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
  }
}
