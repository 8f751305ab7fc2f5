import { type Logger, pino } from 'pino'

export interface CreateLogOptions {
  readonly level: string
  /** Single lines for a person instead of JSON. */
  readonly isPretty: boolean
  readonly write: (text: string) => void
}

/** The log of a running edge or hub. It is given facts about requests, never their text. */
export function createLog({ level, isPretty, write }: CreateLogOptions): Logger {
  return pino({ level, base: null }, { write: isPretty ? (line) => write(prettyLine(line)) : write })
}

const hidden = new Set(['level', 'time', 'msg', 'err'])

/** `12:00:01 warn the hub cannot be reached (link=down)` */
function prettyLine(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown>
  const time = new Date(Number(entry.time)).toTimeString().slice(0, 8)
  const level = pino.levels.labels[Number(entry.level)] ?? ''
  const facts = Object.entries(entry)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  const error = (entry.err as { message?: string } | undefined)?.message
  const details = [...facts, ...(error === undefined ? [] : [error])].join(' ')
  return `${time} ${level.padEnd(5)} ${String(entry.msg ?? '')}${details === '' ? '' : ` (${details})`}\n`.replace(
    /\n(?!$)/g,
    ' ',
  )
}
