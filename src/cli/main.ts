import { createProgram } from './program.ts'
import { reportError } from './report-error.ts'

const program = createProgram()
try {
  if (process.argv.length <= 2) program.outputHelp()
  else await program.parseAsync()
} catch (thrown) {
  process.exitCode = reportError(thrown, {
    withStack: process.env.EDGEWISE_DEBUG === '1',
    write: (text) => process.stderr.write(text),
  })
}
