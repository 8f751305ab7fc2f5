import { DatabaseSync } from 'node:sqlite'
import { acknowledge } from '../../../src/testing/faults/acknowledge.ts'

/**
 * A writer over bare SQLite, honest or with one fault of its own, to see whether the harness sees it:
 * `plain-writer.ts FILE honest|normal|early|twice FIRST [COUNT]` writes the keys FIRST, FIRST + 1 and so on.
 */
const [, , file = '', mode = 'honest', first = '1', count = 'Infinity'] = process.argv
const database = new DatabaseSync(file)
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${mode === 'normal' ? 'NORMAL' : 'FULL'}`)
// A checkpoint syncs everything before it, and on a busy disk it would be what most cuts meet.
if (mode === 'normal') database.exec('PRAGMA wal_autocheckpoint = 0')
database.exec('CREATE TABLE IF NOT EXISTS kept (key TEXT)')
const insert = database.prepare('INSERT INTO kept VALUES (?)')

for (let key = Number(first); key < Number(first) + Number(count); key += 1) {
  if (mode === 'early') {
    if (!database.isTransaction) database.exec('BEGIN')
    insert.run(String(key))
    acknowledge(String(key))
    if (key % 5000 === 0) database.exec('COMMIT')
  } else {
    insert.run(String(key))
    if (mode === 'twice' && key % 50 === 0) insert.run(String(key))
    acknowledge(String(key))
  }
}
database.close()
