import { createPublicKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import type { LedgerPlace } from '../../privacy/ledger/ledger-settings.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { addSettingsOptions, readSettings, type SettingsOptions } from '../settings.ts'

interface LedgerOptions extends SettingsOptions {
  readonly hub?: true
}

interface TailOptions extends LedgerOptions {
  readonly follow?: true
  readonly lines: number
  readonly request?: string
  readonly all?: true
  readonly json?: true
}

interface VerifyOptions extends LedgerOptions {
  readonly key?: string
  readonly head?: string
  readonly from?: number
  readonly json?: true
}

/** `edgewise ledger`: what left this machine, and whether the record of it is as it was written. */
export function registerLedger(program: Command): void {
  const ledger = program.command('ledger').description('show, check and hand on the record of what left this machine')
  const tail = ledger
    .command('tail')
    .description('list the latest sends: when, where to, what for, bytes, outcome')
    .option('-n, --lines <count>', 'how many', count, 20)
    .option('-f, --follow', 'go on with those to come')
    .option('--request <id>', 'only those of one request, by its x-edgewise-request-id')
    .option('--all', 'also what was answered and is of class control: probes, lists of models')
    .option('--json', 'one JSON object a line')
    .action(tailLedger)
  const verify = ledger
    .command('verify')
    .description('check that a ledger is as it was written; works offline, anywhere')
    .argument('[paths...]', "a ledger's folder, its files in order, or an export (default: the ledger of this edge)")
    .option('--key <file>', 'public key (PEM) that must have signed it')
    .option(
      '--head <file>',
      'a checkpoint that somebody else kept, or what `edgewise hub ledger EDGE --json` prints: the ledger must hold the same history',
    )
    .option('--from <entry>', 'first entry, when earlier files were put elsewhere', count)
    .option('--json', 'the verdict as JSON')
    .action(verifyNamed)
    .addHelpText(
      'after',
      '\nThe exit code is 1 when it is not good; the first bad entry is named. It is 2 when a file that is named holds no ledger, key or checkpoint.',
    )
  const exporting = ledger
    .command('export')
    .description('write one file with everything an auditor needs')
    .argument('<file>', 'file to make')
    .action(exportNamed)
  const match = ledger
    .command('match')
    .description('tell whether a file holds the very body that an entry stands for')
    .argument('<entry>', 'number of the entry', count)
    .argument('<file>', 'the body, byte for byte')
    .action(matchBody)
  const key = ledger
    .command('key')
    .description('print the public key that signs the ledger of this edge')
    .action(printKey)
  const head = ledger
    .command('head')
    .description('print the last signed checkpoint, for somebody else to keep')
    .action(printHead)
  for (const command of [tail, verify, exporting, match, key, head])
    addSettingsOptions(command).option(
      '--hub',
      'the ledger of a hub, of what went to its upstreams, instead of that of an edge',
    )
}

async function tailLedger({ lines, follow, request: id, all, json, ...options }: TailOptions): Promise<void> {
  const { showSends } = await import('../ledger/show-sends.ts')
  const { folder, keyPath } = await here(options)
  await showSends({
    folder,
    keyPath,
    most: lines,
    follows: follow === true,
    asJson: json === true,
    requestId: id,
    showsAll: all === true,
  })
}

async function verifyNamed(paths: readonly string[], options: VerifyOptions): Promise<void> {
  const { ledgerPaths, readNamed } = await import('../ledger/ledger-paths.ts')
  const { verifyLedger } = await import('../../privacy/ledger/verify/verify-ledger.ts')
  const { tellVerdict, verdictAsJson } = await import('../ledger/tell-verdict.ts')
  const own = paths.length === 0 ? await here(options) : undefined
  const { files, seen } = await ledgerPaths(own === undefined ? paths : [own.folder])
  const pem = options.key ?? (own !== undefined && existsSync(own.keyPath) ? own.keyPath : undefined)
  const { keptCheckpoints } = await import('../ledger/kept-checkpoints.ts')
  const head = options.head === undefined ? undefined : keptCheckpoints(await readNamed(options.head), options.head)
  const reading = verifyLedger({
    files,
    seen: [...seen, ...(head?.notes ?? [])],
    ...(pem === undefined ? {} : { key: publicKey(await readNamed(pem), pem) }),
    ...(options.from === undefined ? {} : { from: options.from }),
  })
  const keyOf = pem === undefined ? 'ledger' : options.key === undefined ? (options.hub ? 'hub' : 'edge') : 'given'
  const verdict = { reading, keyOf, otherLedgers: head?.otherLedgers ?? [] } as const
  process.stdout.write(`${options.json ? verdictAsJson(verdict) : tellVerdict(verdict)}\n`)
  if (reading.fault !== undefined) process.exitCode = 1
}

async function exportNamed(path: string, options: LedgerOptions): Promise<void> {
  const { exportLedger } = await import('../ledger/export-ledger.ts')
  const { folder } = await here(options)
  const { bytes } = await exportLedger({ folder, path })
  process.stdout.write(`${path} has ${bytes} bytes. Check it anywhere with \`edgewise ledger verify ${path}\`.\n`)
}

async function matchBody(entry: number, path: string, options: LedgerOptions): Promise<void> {
  const { matchEntry } = await import('../ledger/match-entry.ts')
  const { folder, keyPath } = await here(options)
  const { isSame, salt } = await matchEntry({ folder, keyPath, entry, path })
  process.stdout.write(
    isSame
      ? `${path} is the body of entry ${entry}. Its salt, for an auditor who holds the body: ${salt}\n`
      : `${path} is NOT the body of entry ${entry}.\n`,
  )
  if (!isSame) process.exitCode = 1
}

async function printKey(options: LedgerOptions): Promise<void> {
  const { keyPath } = await here(options)
  const { readNamed } = await import('../ledger/ledger-paths.ts')
  process.stdout.write(publicKey(await readNamed(keyPath), keyPath).export({ type: 'spki', format: 'pem' }))
}

async function printHead(options: LedgerOptions): Promise<void> {
  const { lastCheckpoint } = await import('../../privacy/ledger/ledger-folder.ts')
  const { folder } = await here(options)
  const note = await lastCheckpoint(folder)
  if (note === undefined) throw new EdgewiseError('not-found', `No checkpoint was signed in ${folder} yet.`)
  process.stdout.write(note)
}

/** The ledger of the edge, or with `--hub` of the hub, whose settings these are. */
async function here(options: LedgerOptions): Promise<LedgerPlace> {
  const { edgeLedgerName, hubLedgerName, ledgerPlace } = await import('../../privacy/ledger/ledger-settings.ts')
  const { config, stateFolder } = await readSettings(options)
  return options.hub
    ? ledgerPlace({ settings: config.hub.ledger, stateFolder, name: hubLedgerName })
    : ledgerPlace({ settings: config.edge.ledger, stateFolder, name: edgeLedgerName })
}

function publicKey(pem: string, path: string) {
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Told below.
  }
  throw new EdgewiseError('config-invalid', `${path} holds no Ed25519 key in PEM. \`edgewise ledger key\` prints one.`)
}

function count(written: string): number {
  const value = Number(written)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a whole number, 1 or more.')
}
