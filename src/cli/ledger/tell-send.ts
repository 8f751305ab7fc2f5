import type { RecordedSend } from './recorded-sends.ts'

const columns = ['entry', 'time', 'where', 'purpose', 'class', 'bytes', 'outcome'] as const
const widths = [8, 19, 32, 9, 10, 12] as const

/** The names over the lines of `tellSend`. */
export const sendHeading = line(columns)

/** One send on one line. */
export function tellSend(send: RecordedSend): string {
  const { entry, end } = send
  const time = new Date(Number(entry.at)).toISOString().slice(0, 19).replace('T', ' ')
  const bytes = end === undefined ? Number(entry.bytes) : Number(end.bytes)
  const { seq, to, purpose, class: dataClass } = entry
  return line([String(seq), time, String(to), String(purpose), String(dataClass), String(bytes), outcomeOf(send)])
}

/** A send as JSON: its entry, with its end under `end`. */
export function sendAsJson({ entry, end, state }: RecordedSend): string {
  return JSON.stringify({ ...entry, state, ...(end === undefined ? {} : { end }) })
}

function outcomeOf({ entry, end, state }: RecordedSend): string {
  if (state === 'unsent') return `nothing left (${String(entry.code)})`
  if (end === undefined) return state === 'open' ? 'under way, at most these bytes' : 'interrupted, at most these bytes'
  const status = end.status === undefined ? '' : ` ${String(end.status)}`
  return end.code === undefined ? `answered${status}` : `failed${status} (${String(end.code)})`
}

function line(cells: readonly string[]): string {
  const padded = cells.map((cell, column) => {
    const width = widths[column] ?? 0
    return columns[column] === 'entry' || columns[column] === 'bytes' ? cell.padStart(width) : cell.padEnd(width)
  })
  return padded.join('  ').trimEnd()
}
