import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { Argument, type Command, Option } from 'commander'
import { z } from 'zod'
import { edgeConfigSchema } from '../../edge/config.ts'
import { hubConfigSchema } from '../../hub/config.ts'
import { type InferenceMode, inferenceMode } from '../../spec/policy.ts'
import { linkProfileNames } from '../../testing/link-emulator/link-profiles.ts'
import { nearestWord } from '../nearest-word.ts'
import { parsedBy } from '../parsed-by.ts'
import { stateFolderPath } from '../state-folder.ts'
import { demoFilePath } from './demo-file.ts'
import type { DemoOptions } from './demo-options.ts'
import { createPaint, type Paint } from './paint.ts'

interface DemoFlags {
  readonly hubPort: number
  readonly edgePort: number
  readonly state?: string
  readonly link: string
  readonly mode: InferenceMode
  readonly cloud?: string
  readonly cloudKeyEnv?: string
  readonly cloudModel?: string
  readonly edgeModel?: string
  readonly color: boolean
}

const examples = `
Examples:
  edgewise demo
  edgewise demo link 4g            in another shell: the link of the running demo gets slower
  edgewise demo failover           cuts the link in the middle of an answer
  edgewise demo --cloud http://127.0.0.1:8000/v1 --edge-model ./models/qwen3-0.6b`

/** `edgewise demo`: a hub and an edge on this machine with an emulated link between them; `link` and `failover` act on it. */
export function registerDemo(program: Command): void {
  const demo: Command = program
    .command('demo')
    .description('run hub and edge on this machine, with an emulated link between them')
    .addOption(port('--hub-port <port>', 'EDGEWISE_HUB_PORT', hubConfigSchema.shape.port, 4600))
    .addOption(port('--edge-port <port>', 'EDGEWISE_EDGE_PORT', edgeConfigSchema.shape.port, 4610))
    .addOption(new Option('--link <profile>', 'how the link behaves at first').choices(linkProfileNames).default('lan'))
    .option(
      '--mode <mode>',
      'only-edge, prefer-edge, prefer-cloud or only-cloud',
      parsedBy(inferenceMode),
      'prefer-edge',
    )
    .option('--cloud <url>', 'OpenAI-compatible server in the place of the bundled cloud model', parsedBy(cloudUrl))
    .option('--cloud-key-env <name>', 'environment variable with its API key')
    .option('--cloud-model <id>', 'which of its models; absent: the first one it lists')
    .option('--edge-model <folder>', 'another local model')
    .option('--state <folder>', 'keep the state of hub and edge there (default: a temporary folder)')
    .option('--no-color', 'plain text')
    .allowExcessArguments()
    .helpCommand(false)
    .action(() => {
      const [word] = demo.args
      return word === undefined ? run(demo) : refuse(demo, word)
    })
    .addHelpText('after', examples)
  demo
    .command('link')
    .description('switch the link of the running demo')
    .addArgument(new Argument('<profile>', 'how it is to behave').choices(linkProfileNames))
    .action((profile: string) => runLink(demo, profile))
  demo
    .command('failover')
    .description('cut the link in the middle of an answer; starts a demo of its own when none runs')
    .action(() => runFailover(demo))
}

const cloudUrl = z.url({ protocol: /^https?$/ })

function port(flags: string, variable: string, schema: z.ZodType<number>, standard: number): Option {
  return new Option(flags, 'port to listen on; 0 takes a free one')
    .env(variable)
    .default(standard)
    .argParser(parsedBy(schema, { isNumber: true }))
}

function refuse(demo: Command, word: string): never {
  const names = demo.commands.map((command) => command.name())
  const near = nearestWord(word, names)
  demo.error(
    `error: unknown command 'demo ${word}'. ${near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`}`,
  )
}

async function run(demo: Command): Promise<void> {
  const { runDemo } = await import('./run-demo.ts')
  await runDemo({ ...demoOptions(demo), paint: paintFor(demo), write })
}

async function runLink(demo: Command, profile: string): Promise<void> {
  const { switchLink } = await import('./switch-link.ts')
  write(`${await switchLink({ demoFile: demoOptions(demo).demoFile, profile })}\n`)
}

async function runFailover(demo: Command): Promise<void> {
  const { runFailover } = await import('./run-failover.ts')
  await runFailover({ ...demoOptions(demo), paint: paintFor(demo), write })
}

function demoOptions(demo: Command): DemoOptions {
  const { hubPort, edgePort, state, link, mode, cloud, cloudKeyEnv, cloudModel, edgeModel } = demo.opts<DemoFlags>()
  const stateFolder = stateFolderPath({ asked: state, environment: process.env, home: homedir() })
  return {
    hubPort,
    edgePort,
    demoFile: demoFilePath(stateFolder),
    link,
    mode,
    ...(state === undefined ? {} : { keptState: resolve(state) }),
    ...(edgeModel === undefined ? {} : { edgeModel: resolve(edgeModel) }),
    ...(cloud === undefined
      ? {}
      : {
          cloud: {
            url: cloud,
            ...(cloudKeyEnv === undefined ? {} : { keyEnvironment: cloudKeyEnv }),
            ...(cloudModel === undefined ? {} : { model: cloudModel }),
          },
        }),
  }
}

/** Colours on a terminal that wants them. */
function paintFor(demo: Command): Paint {
  return createPaint({ isColored: demo.opts<DemoFlags>().color && process.stdout.hasColors?.() === true })
}

function write(text: string): void {
  process.stdout.write(text)
}
