import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { KnownEdge } from '../find-decision.ts'
import { addSettingsOptions, readSettings, type SettingsOptions } from '../settings.ts'
import { tellDecision } from '../tell-decision.ts'

interface ExplainOptions extends SettingsOptions {
  readonly url?: URL
  readonly json?: true
}

/** `edgewise explain ID`: where a request ran and why, from the running edge or from its store. */
export function registerExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('tell where a request ran, why, and what left this machine for it')
    .argument('<id>', 'the x-edgewise-request-id of the answer')
    .option('--url <url>', 'address of the edge (default: port of the settings on this machine)', parseUrl)
    .option('--json', 'print the decision as it is kept')
    .action(explain)
    .addHelpText(
      'after',
      '\nExample:\n  edgewise explain ID      the x-edgewise-request-id of the answer, whole\n\nA running demo is asked too. When no edge is running, its store in the state folder is read: for a demo that has ended, the folder\nof its --state.',
    )
  addSettingsOptions(command)
}

async function explain(requestId: string, options: ExplainOptions): Promise<void> {
  const { findDecision } = await import('../find-decision.ts')
  const { config, stateFolder } = await readSettings(options)
  const edge = {
    url: options.url ?? new URL(`http://127.0.0.1:${config.edge.port}`),
    apiKey: await apiKey(stateFolder),
  }
  const decision = await findDecision({
    requestId,
    edges: [edge, ...(await demoOf(stateFolder))],
    stateFolder,
    signal: AbortSignal.timeout(10_000),
  })
  process.stdout.write(`${options.json ? JSON.stringify(decision, null, 2) : tellDecision(decision)}\n`)
}

/** The edge of the demo that runs, by the note that it left: it has a key and a store of its own. */
async function demoOf(stateFolder: string): Promise<readonly KnownEdge[]> {
  const { demoFilePath, readDemo } = await import('../demo/demo-file.ts')
  const note = await readDemo(demoFilePath(stateFolder))
  return note === undefined ? [] : [{ url: new URL(note.edgeUrl), apiKey: note.apiKey }]
}

/** Key of the edge on this machine, when it is known; reading it never makes one. */
async function apiKey(stateFolder: string): Promise<string | undefined> {
  const given = process.env.EDGEWISE_API_KEY
  if (given !== undefined && given !== '') return given
  return readFile(join(stateFolder, 'api-key'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('It must look like http://127.0.0.1:4610.')
  return url
}
