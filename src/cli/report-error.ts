import { CommanderError } from 'commander'
import { EdgewiseError } from '../spec/errors.ts'

export interface ReportErrorOptions {
  /** Adds the stack and the causes, for whoever looks for the fault. */
  readonly withStack: boolean
  readonly write: (text: string) => void
}

/** Says what went wrong and gives the exit code: 1 when the command failed, 2 when the command line or the settings are wrong. */
export function reportError(thrown: unknown, { withStack, write }: ReportErrorOptions): number {
  // Commander has already said what is wrong, or has shown the help that was asked for.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
  if (thrown instanceof EdgewiseError) {
    write(`edgewise: ${thrown.message}\n`)
  } else {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    write(`edgewise: unexpected: ${message}. This is a fault of Edgewise; EDGEWISE_DEBUG=1 shows where it happened.\n`)
  }
  if (withStack && thrown instanceof Error) write(`${stackOf(thrown)}\n`)
  return thrown instanceof EdgewiseError && thrown.code === 'config-invalid' ? 2 : 1
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
