import type { Kysely } from 'kysely'
import type { ModelEvaluation } from '../spec/evaluation.ts'
import type { EvaluationBook } from './store.ts'
import type { Tables } from './tables.ts'

/** Evaluations in SQLite: of one model, quantisation and file of tasks the newest is kept. */
export function createEvaluations({ db }: { db: Kysely<Tables> }): EvaluationBook {
  return {
    async save(evaluation) {
      const { model, variant = '', data } = evaluation
      await db
        .replaceInto('evaluations')
        .values({ model, variant, data, body: JSON.stringify(evaluation) })
        .execute()
    },
    async list() {
      const rows = await db.selectFrom('evaluations').select('body').orderBy('sequence', 'desc').execute()
      // Only this file writes the column.
      return rows.map(({ body }) => JSON.parse(body) as ModelEvaluation)
    },
  }
}
