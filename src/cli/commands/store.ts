import { join } from 'node:path'
import type { Command } from 'commander'
import type { OpenStoreOptions } from '../../store/open-store.ts'
import { addSettingsOptions, readSettings, type SettingsOptions } from '../settings.ts'

interface StoreOptions extends SettingsOptions {
  readonly hub?: true
}

/** `edgewise store`: backup, restore and upkeep of what an edge or a hub keeps. */
export function registerStore(program: Command): void {
  const store = program.command('store').description('back up, restore and look after what an edge or a hub keeps')
  const add = (words: string, description: string) =>
    addSettingsOptions(store.command(words).description(description)).option(
      '--hub',
      'the store of a hub (hub.db) instead of that of an edge (edge.db)',
    )
  add('status', 'what waits in the outbox, and whether it is handed over').action(tellStatus)
  add('backup <file>', 'copy the store into a new file, also while a program runs on it').action(backup)
  add('restore <file>', 'put a backup in the place of the store; no program may run on it').action(restore)
  add('compact', 'give back all the space that is free in it; no program may run on it').action(compact)
  add('new-epoch', 'let the outbox go on after the hub has refused it as forked').action(beginEpoch)
  store.addHelpText(
    'after',
    `
Examples:
  edgewise store backup /mnt/usb/edge-2026-11-23.db
  edgewise store restore /mnt/usb/edge-2026-11-23.db

A backup holds what the store holds, text of kept responses included. Keys and certificates are files beside it: copy the state folder for those.`,
  )
}

async function pathOf(command: Command): Promise<string> {
  return (await placeOf(command)).path
}

async function placeOf(command: Command) {
  const options = command.optsWithGlobals<StoreOptions>()
  const { stateFolder, config } = await readSettings(options)
  return { path: join(stateFolder, options.hub ? 'hub.db' : 'edge.db'), config, isHub: options.hub === true }
}

async function tellStatus(_options: unknown, command: Command): Promise<void> {
  const { path, config, isHub } = await placeOf(command)
  const { outboxLimits } = await import('../../edge/presets/edge-store.ts')
  await using store = await openExisting(path, isHub ? {} : { outbox: outboxLimits(config.edge) })
  const { outbox } = store
  const { waiting, limits } = outbox.status()
  const { epoch, delivered, halted } = await outbox.delivery.epoch()
  const lines = Object.entries(waiting).map(
    ([kind, { rows, bytes }]) => `  ${kind.padEnd(20)} ${rows} entries, ${bytes} bytes`,
  )
  const failed = (await outbox.unfortunate(5)).map(
    ({ id, kind, state, reason }) => `  ${id} ${kind}: ${state}, ${reason}`,
  )
  const parts = [
    path,
    `Waiting (at most ${limits.rows} entries, ${limits.bytes} bytes):`,
    ...lines,
    `Handed over: ${delivered} entries of epoch ${epoch}`,
    ...(halted === undefined ? [] : [`HALTED: ${halted}`]),
    ...(failed.length === 0 ? [] : ['The last that failed or were cancelled:', ...failed]),
  ]
  process.stdout.write(`${parts.join('\n')}\n`)
}

async function backup(file: string, _options: unknown, command: Command): Promise<void> {
  const { backupStore } = await import('../../store/backup-store.ts')
  const { bytes } = await backupStore({ path: await pathOf(command), to: file })
  process.stdout.write(`${file}: ${bytes} bytes, checked and on disk.\n`)
}

async function restore(file: string, _options: unknown, command: Command): Promise<void> {
  const { restoreStore } = await import('../../store/restore-store.ts')
  const path = await pathOf(command)
  const { before, epoch } = await restoreStore({ path, from: file })
  const kept = before === undefined ? '' : ` What was there before is ${before}.`
  process.stdout.write(`${path} is what ${file} holds; its deliveries begin epoch ${epoch}.${kept}\n`)
}

async function compact(_options: unknown, command: Command): Promise<void> {
  const { compactStore } = await import('../../store/compact-store.ts')
  const { before, after } = compactStore(await pathOf(command))
  process.stdout.write(`${before} bytes before, ${after} bytes now.\n`)
}

async function beginEpoch(_options: unknown, command: Command): Promise<void> {
  await using store = await openExisting(await pathOf(command))
  const epoch = await store.outbox.delivery.beginEpoch()
  process.stdout.write(
    `Epoch ${epoch} begins with everything that is queued. A running edge goes on within five minutes.\n`,
  )
}

async function openExisting(path: string, limits: Pick<OpenStoreOptions, 'outbox'> = {}) {
  const [{ existsSync }, { openStore }, { EdgewiseError }] = await Promise.all([
    import('node:fs'),
    import('../../store/open-store.ts'),
    import('../../spec/errors.ts'),
  ])
  if (!existsSync(path))
    throw new EdgewiseError('not-found', `There is no store at ${path}. Name its folder with --state.`)
  return openStore({ path, ...limits })
}
