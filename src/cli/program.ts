import { Command } from 'commander'
import { registerAudit } from './commands/audit.ts'
import { registerBench } from './commands/bench.ts'
import { registerCalibrate } from './commands/calibrate.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerEdge } from './commands/edge.ts'
import { registerEval } from './commands/eval.ts'
import { registerExplain } from './commands/explain.ts'
import { registerHub } from './commands/hub.ts'
import { registerInit } from './commands/init.ts'
import { registerLedger } from './commands/ledger.ts'
import { registerModel } from './commands/model.ts'
import { registerPolicy } from './commands/policy.ts'
import { registerStore } from './commands/store.ts'
import { registerDemo } from './demo/register.ts'
import { packageVersion } from './package-root.ts'

const commands = [
  registerDemo,
  registerEdge,
  registerHub,
  registerModel,
  registerEval,
  registerCalibrate,
  registerExplain,
  registerAudit,
  registerLedger,
  registerBench,
  registerPolicy,
  registerStore,
  registerDoctor,
  registerInit,
]

/** The whole command line. Nothing heavy is loaded before a command runs, so that help is instant. Parsing throws CommanderErrors. */
export function createProgram(): Command {
  const program = new Command('edgewise')
    .description(
      'One OpenAI-compatible endpoint over a small language model at the edge and a larger one in the cloud.',
    )
    .version(packageVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand(false)
    .showHelpAfterError('Add --help to see how it is used.')
    .exitOverride()
  for (const register of commands) register(program)
  return program.addHelpText(
    'after',
    `
Examples:
  edgewise demo                    hub, edge and the link between them on this machine
  edgewise init                    write a commented edgewise.yaml
  edgewise edge                    answer at http://127.0.0.1:4610/v1
  edgewise explain ID              why that request ran where it ran

Environment:
  EDGEWISE_STATE    folder for keys, decisions and joined edges
  EDGEWISE_API_KEY  key that clients of the edge must show; absent: one is made in the state folder
  EDGEWISE_DEBUG=1  show stack traces`,
  )
}
