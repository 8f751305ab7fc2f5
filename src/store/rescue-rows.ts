import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { QuarantineReport } from './quarantine.ts'

/** What is worth saving, the most important first. Decisions are of the past. */
const tables = [
  'keys',
  'outbox',
  'edges',
  'join_tokens',
  'spending',
  'reservations',
  'delivery_epochs',
  'delivery_batches',
  'deliveries',
  'guarded_conversations',
  'evaluations',
  'responses',
  'kept_answers',
] as const

type Row = Readonly<Record<string, SQLInputValue>>

/** Copies what can be read, table by table, from both ends up to where the damage is. What was under way in the outbox is queued again. */
export function rescueRows(from: DatabaseSync, into: DatabaseSync): Pick<QuarantineReport, 'rescued' | 'damaged'> {
  const rescued: Record<string, number> = {}
  const damaged: string[] = []
  into.exec('BEGIN IMMEDIATE')
  for (const table of tables) {
    const { count, isWhole } = copyTable(from, into, table)
    rescued[table] = count
    if (!isWhole) damaged.push(table)
  }
  into.exec(
    `UPDATE outbox SET state = 'queued', lease = NULL, leased_until = NULL, sequence = NULL WHERE finished_at IS NULL`,
  )
  into.exec('COMMIT')
  return { rescued, damaged }
}

function copyTable(from: DatabaseSync, into: DatabaseSync, table: string) {
  let columns: readonly string[]
  try {
    const known = columnsOf(into, table)
    columns = columnsOf(from, table).filter((column) => known.includes(column))
  } catch {
    return { count: 0, isWhole: false }
  }
  // A store of an older Edgewise has no such table.
  if (columns.length === 0) return { count: 0, isWhole: true }
  const places = columns.map(() => '?').join(', ')
  const insert = into.prepare(`INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
  const read = (direction: 'ASC' | 'DESC') => copyRows({ from, insert, table, columns, direction })
  const forwards = read('ASC')
  if (forwards.isWhole) return forwards
  return { count: forwards.count + read('DESC').count, isWhole: false }
}

interface CopyRows {
  readonly from: DatabaseSync
  readonly insert: StatementSync
  readonly table: string
  readonly columns: readonly string[]
  readonly direction: 'ASC' | 'DESC'
}

function copyRows({ from, insert, table, columns, direction }: CopyRows) {
  let count = 0
  try {
    const select = from.prepare(`SELECT ${columns.join(', ')} FROM ${table} NOT INDEXED ORDER BY rowid ${direction}`)
    for (const row of select.iterate() as Iterable<Row>) {
      count += Number(insert.run(...columns.map((column) => row[column] ?? null)).changes)
    }
    return { count, isWhole: true }
  } catch {
    return { count, isWhole: false }
  }
}

function columnsOf(database: DatabaseSync, table: string): readonly string[] {
  return database
    .prepare(`PRAGMA table_info(${table})`)
    .all()
    .map(({ name }) => String(name))
}
