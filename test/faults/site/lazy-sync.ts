import { DatabaseSync } from 'node:sqlite'

/**
 * For the control only: from now on this process opens its stores with `synchronous=NORMAL`, which SQLite's documentation and our measurements say
 * loses commits at a power cut, and without checkpoints, which sync everything before them. The store itself has no such setting.
 */
export function syncLazily(): void {
  const exec = DatabaseSync.prototype.exec
  DatabaseSync.prototype.exec = function (sql) {
    exec.call(this, sql.replace(/synchronous = FULL/i, 'synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0'))
  }
}
