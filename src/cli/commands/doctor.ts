import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Check, Finding } from '../checks/check.ts'
import { addSettingsOptions, readSettings, type Settings, type SettingsOptions } from '../settings.ts'

/** `edgewise doctor`: looks at everything that keeps an edge from working, changes nothing, and says what to do. */
export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('check Node, settings, state folder, keys, models, port and hub')
    .option(
      '--find-servers',
      'look for model servers (Ollama, llama-server, LM Studio) at their usual ports of this machine',
    )
    .option(
      '--bundle <file>',
      'write a .tar.gz for support: checks, versions, settings without secrets, decisions, metrics',
    )
    .action(examine)
    .addHelpText(
      'after',
      '\nExamples:\n  edgewise doctor --config edgewise.yaml\n  edgewise doctor --bundle support.tar.gz    no prompt, no answer and no key is in it\n\nThe exit code is 1 when a check fails.',
    )
  addSettingsOptions(command)
}

interface DoctorOptions extends SettingsOptions {
  readonly findServers?: true
  readonly bundle?: string
}

async function examine(options: DoctorOptions): Promise<void> {
  if (options.bundle !== undefined) requireFree(options.bundle)
  const signal = AbortSignal.timeout(30_000)
  const findings: Finding[] = []
  const settings = await check(options, { signal, findings })
  const { bundle: file } = options
  if (file === undefined) return
  const { writeBundle } = await import('../bundle/write-bundle.ts')
  const names = await writeBundle({ file, settings, findings, signal })
  process.stdout.write(
    `Wrote ${file} with ${names.join(', ')}. No prompt, no answer and no key is in it; look before you send it.\n`,
  )
}

/** Throws `config-invalid` when no new file can be there; before the checks, which take their time. */
function requireFree(file: string): void {
  if (existsSync(file)) throw new EdgewiseError('config-invalid', `${file} is there already. Name another file.`)
  const folder = dirname(resolve(file))
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
  throw new EdgewiseError('config-invalid', `There is no folder ${folder} for ${file}. Make it, or name another file.`)
}

interface Examination {
  readonly signal: AbortSignal
  /** What was concluded, in order. */
  readonly findings: Finding[]
}

/** Runs all checks and tells each; gives the settings that they looked at. */
async function check(options: DoctorOptions, { signal, findings }: Examination): Promise<Settings | undefined> {
  const tell = (finding: Finding) => {
    findings.push(finding)
    return conclude(finding)
  }
  const settings = await readSettings(options).catch((error: unknown) => {
    const { message } = asEdgewiseError(error)
    return tell({
      verdict: 'fail',
      subject: 'settings',
      what: message,
      fix: 'Mend them first; all other checks need them.',
    })
  })
  if (settings === undefined) return undefined
  tell({ verdict: 'ok', subject: 'settings', what: settings.file ?? 'no file; the defaults hold' })
  for (const examine of await loadChecks()) tell(await examine({ settings, signal }))
  if (options.findServers === undefined) return settings
  const { findLocalServers } = await import('../checks/local-servers.ts')
  for (const finding of await findLocalServers(signal)) tell(finding)
  return settings
}

async function loadChecks(): Promise<readonly Check[]> {
  const [
    { checkNodeVersion },
    { checkStateFolder },
    { checkStore },
    { checkKeyFiles },
    { checkModelFolder },
    { checkNameModel },
    { checkPort },
    { checkHub },
  ] = await Promise.all([
    import('../checks/node-version.ts'),
    import('../checks/state-folder.ts'),
    import('../checks/store.ts'),
    import('../checks/key-files.ts'),
    import('../checks/model-folder.ts'),
    import('../checks/name-model.ts'),
    import('../checks/port.ts'),
    import('../checks/hub.ts'),
  ])
  return [
    checkNodeVersion,
    checkStateFolder,
    checkStore,
    checkKeyFiles,
    checkModelFolder,
    checkNameModel,
    checkPort,
    checkHub,
  ]
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const

/** Prints one finding; one that fails sets the exit code. */
function conclude({ verdict, subject, what, fix }: Finding): undefined {
  if (verdict === 'fail') process.exitCode = 1
  const advice = fix === undefined ? '' : `\n      ${fix}`
  process.stdout.write(`${styleText(colours[verdict], verdict.padEnd(4))}  ${subject}: ${what}${advice}\n`)
}
