import { type Kysely, type Migration, Migrator } from 'kysely'
import { EdgewiseError } from '../spec/errors.ts'
import { decisions } from './migrations/0001-decisions.ts'
import { keys } from './migrations/0002-keys.ts'
import { edges } from './migrations/0003-edges.ts'
import { spending } from './migrations/0004-spending.ts'
import { responses } from './migrations/0005-responses.ts'
import { evaluations } from './migrations/0006-evaluations.ts'
import { guardedConversations } from './migrations/0007-guarded-conversations.ts'
import { outbox } from './migrations/0008-outbox.ts'
import { keptAnswers } from './migrations/0009-kept-answers.ts'
import type { Tables } from './tables.ts'

/** In order of their names. Append only: what has run on somebody's disk is never changed. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-decisions': decisions,
  '0002-keys': keys,
  '0003-edges': edges,
  '0004-spending': spending,
  '0005-responses': responses,
  '0006-evaluations': evaluations,
  '0007-guarded-conversations': guardedConversations,
  '0008-outbox': outbox,
  '0009-kept-answers': keptAnswers,
}

/** Brings a database to the newest migration, in one transaction; throws `store-failed` for one of a newer Edgewise. */
export async function migrate(db: Kysely<Tables>, path: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  if (error instanceof Error && error.message.startsWith('corrupted migrations')) {
    const message = `${path} was written by a newer Edgewise. Start that version, or choose another state folder.`
    throw new EdgewiseError('store-failed', message, { cause: error })
  }
  throw error
}
