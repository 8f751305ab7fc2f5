import { styleText } from 'node:util'
import type { Command } from 'commander'
import { asEdgewiseError } from '../../spec/errors.ts'
import type { Check, Finding } from '../checks/check.ts'
import { addSettingsOptions, readSettings, type SettingsOptions } from '../settings.ts'

/** `edgewise doctor`: looks at everything that keeps an edge from working, changes nothing, and says what to do. */
export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('check Node, settings, state folder, keys, model, port and hub')
    .option(
      '--find-servers',
      'look for model servers (Ollama, llama-server, LM Studio) at their usual ports of this machine',
    )
    .action(examine)
    .addHelpText(
      'after',
      '\nExample:\n  edgewise doctor --config edgewise.yaml\n\nThe exit code is 1 when a check fails.',
    )
  addSettingsOptions(command)
}

interface DoctorOptions extends SettingsOptions {
  readonly findServers?: true
}

async function examine(options: DoctorOptions): Promise<void> {
  const settings = await readSettings(options).catch((error: unknown) => {
    const { message } = asEdgewiseError(error)
    return conclude({
      verdict: 'fail',
      subject: 'settings',
      what: message,
      fix: 'Mend them first; all other checks need them.',
    })
  })
  if (settings === undefined) return
  conclude({ verdict: 'ok', subject: 'settings', what: settings.file ?? 'no file; the defaults hold' })
  const signal = AbortSignal.timeout(30_000)
  for (const check of await loadChecks()) {
    conclude(await check({ settings, signal }))
  }
  if (options.findServers === undefined) return
  const { findLocalServers } = await import('../checks/local-servers.ts')
  for (const finding of await findLocalServers(signal)) conclude(finding)
}

async function loadChecks(): Promise<readonly Check[]> {
  const [
    { checkNodeVersion },
    { checkStateFolder },
    { checkKeyFiles },
    { checkModelFolder },
    { checkPort },
    { checkHub },
  ] = await Promise.all([
    import('../checks/node-version.ts'),
    import('../checks/state-folder.ts'),
    import('../checks/key-files.ts'),
    import('../checks/model-folder.ts'),
    import('../checks/port.ts'),
    import('../checks/hub.ts'),
  ])
  return [checkNodeVersion, checkStateFolder, checkKeyFiles, checkModelFolder, checkPort, checkHub]
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const

/** Prints one finding; one that fails sets the exit code. */
function conclude({ verdict, subject, what, fix }: Finding): undefined {
  if (verdict === 'fail') process.exitCode = 1
  const advice = fix === undefined ? '' : `\n      ${fix}`
  process.stdout.write(`${styleText(colours[verdict], verdict.padEnd(4))}  ${subject}: ${what}${advice}\n`)
}
