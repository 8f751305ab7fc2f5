import { type Command, Option } from 'commander'
import type { Logger } from 'pino'
import { createLog } from './log.ts'

export interface LogOptions {
  readonly log: string
}

/** Adds `--log`, for the commands that run until they are stopped. */
export function addLogOption(command: Command): Command {
  const levels = ['debug', 'info', 'warn', 'error', 'silent']
  return command.addOption(
    new Option('--log <level>', 'least weight of what is logged').choices(levels).default('info'),
  )
}

/** The log on stderr: lines for a person on a terminal, JSON elsewhere. */
export function openLog({ log: level }: LogOptions): Logger {
  return createLog({ level, isPretty: process.stderr.isTTY === true, write: (text) => process.stderr.write(text) })
}
