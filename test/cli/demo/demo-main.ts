import { Command } from 'commander'
import { registerDemo } from '../../../src/cli/demo/register.ts'
import { reportError } from '../../../src/cli/report-error.ts'

// The command line with nothing but the demo, so that these tests start quickly.
const program = new Command('edgewise').exitOverride()
registerDemo(program)
try {
  await program.parseAsync()
} catch (thrown) {
  process.exitCode = reportError(thrown, { withStack: true, write: (text) => process.stderr.write(text) })
}
