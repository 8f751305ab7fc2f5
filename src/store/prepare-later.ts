import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Gives the statement of a name. */
export type Prepared<Name extends string> = (name: Name) => StatementSync

/** Statements of one database by their names, each prepared when it is first asked for. */
export function prepareLater<Name extends string>(
  database: DatabaseSync,
  sentences: Readonly<Record<Name, string>>,
): Prepared<Name> {
  const known = new Map<Name, StatementSync>()
  return (name) => {
    const statement = known.get(name) ?? database.prepare(sentences[name])
    known.set(name, statement)
    return statement
  }
}
