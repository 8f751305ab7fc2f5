import { hostname } from 'node:os'
import { type Command, Option } from 'commander'
import { type EdgeConfig, edgeConfigSchema } from '../../edge/config.ts'
import type { RunningEdge } from '../../edge/presets/node.ts'
import { type InferenceMode, inferenceMode } from '../../spec/policy.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { withJoinedHub } from '../joined-hub.ts'
import { addLogOption, type LogOptions, openLog } from '../log-option.ts'
import { parsedBy } from '../parsed-by.ts'
import { listenForReload } from '../reload-signal.ts'
import { addSettingsOptions, readSettings, type SettingsOptions } from '../settings.ts'
import { makeStateFolder } from '../state-folder.ts'
import { listenForStop } from '../stop-signal.ts'

interface EdgeOptions extends SettingsOptions, LogOptions {
  readonly host?: string
  readonly port?: number
  readonly model?: string
  readonly variant?: string
  readonly mode?: InferenceMode
  readonly join?: string
  readonly name: string
}

/** `edgewise edge`: runs the program beside the application until a signal ends it. */
export function registerEdge(program: Command): void {
  const { host, port, model, variant } = edgeConfigSchema.shape
  const command = program
    .command('edge')
    .description('run the edge: the OpenAI endpoint beside the application')
    .addOption(
      new Option('--port <port>', 'port to listen on; 0 takes a free one')
        .env('EDGEWISE_EDGE_PORT')
        .argParser(parsedBy(port, { isNumber: true })),
    )
    .option('--host <address>', 'address to listen on', parsedBy(host))
    .option('--model <folder>', 'folder of the local model', parsedBy(model))
    .option('--variant <name>', 'which quantisation of it', parsedBy(variant))
    .option('--mode <mode>', 'only-edge, prefer-edge, prefer-cloud or only-cloud', parsedBy(inferenceMode))
    .option('--join <token>', 'join the hub that made this token, once; it is remembered')
    .option('--name <name>', 'name of this edge at the hub, when joining', hostname())
    .action(runEdge)
    .addHelpText('after', examples)
  addLogOption(addSettingsOptions(command))
}

const examples = `
Examples:
  edgewise edge
  edgewise edge --model ./models/qwen3-0.6b --port 8080
  edgewise edge --join edgewise-join-…     the token comes from: edgewise hub token`

async function runEdge(options: EdgeOptions): Promise<void> {
  const output = process.stdout.isTTY ? { output: process.stdout } : {}
  const exit = (code: number) => process.exit(code)
  using stop = listenForStop({ signals: process, exit, names: ['SIGINT', 'SIGTERM'], patience: 2, ...output })
  const { config, stateFolder, file } = await readSettings(options)
  await makeStateFolder(stateFolder)
  const log = openLog(options)
  if (options.join !== undefined) {
    const { join } = await import('../join.ts')
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)])
    const { openEdgeLedger } = await import('../../edge/presets/edge-ledger.ts')
    await using ledger = await openEdgeLedger({ config: config.edge, stateFolder, clock: systemClock, log })
    const hub = await join({ token: options.join, name: options.name, stateFolder, signal, ledger })
    process.stdout.write(`Joined ${hub.hubName} at ${hub.url}; its certificate is pinned.\n`)
  }
  const settled = (edge: EdgeConfig) => withJoinedHub(withOptions(edge, options), stateFolder)
  // A file that is gone by then is a mistake, not the defaults.
  const again = file === undefined ? options : { ...options, config: file }
  const { startEdge } = await import('../../edge/presets/node.ts')
  const edge = await startEdge({
    config: await settled(config.edge),
    stateFolder,
    clock: systemClock,
    log,
    readConfig: async () => settled((await readSettings(again)).config.edge),
  })
  using _reloads = listenForReload({ signals: process, reload: edge.reload, log })
  process.stdout.write(`The edge answers at ${edge.url}/v1. API key: see ${edge.apiKeySource}. Ctrl-C ends it.\n`)
  if ((await stop.stopped) === 'SIGTERM') await drain(edge, stop.hurried)
  else await edge.close()
}

async function drain(edge: RunningEdge, hurried: AbortSignal): Promise<void> {
  const { running } = edge
  if (running > 0) {
    const answers = running === 1 ? 'one answer' : `${running} answers`
    process.stdout.write(`Waiting for ${answers} to finish (limits.drainMs at most); another signal ends them now.\n`)
  }
  await edge.drain(hurried)
}

function withOptions(config: EdgeConfig, { host, port, model, variant, mode }: EdgeOptions): EdgeConfig {
  return {
    ...config,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(model === undefined ? {} : { model }),
    ...(variant === undefined ? {} : { variant }),
    policy: { ...config.policy, ...(mode === undefined ? {} : { mode }) },
  }
}
