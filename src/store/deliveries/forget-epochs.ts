/** Closed epochs of one edge that are always remembered, so that what comes under them again is known for what it is. */
const mostClosed = 1000

/** SQL that forgets the oldest of an edge's closed epochs, of those that were last heard of before a moment: `before` and `limit` are its parameters. */
export function forgetEpochs(before: string, limit: string): string {
  return `DELETE FROM delivery_epochs WHERE (edge, epoch) IN
    (SELECT edge, epoch FROM
      (SELECT edge, epoch, closed, updated_at, row_number() OVER (PARTITION BY edge ORDER BY started_at DESC, epoch) AS place
        FROM delivery_epochs) AS ranked
      WHERE place > ${mostClosed} AND closed IS NOT NULL AND updated_at < ${before} LIMIT ${limit})`
}

/** SQL that forgets the marks of batches, but the last one, of closed epochs that were last heard of before a moment. Parameters as those of `forgetEpochs`. */
export function forgetClosedBatches(before: string, limit: string): string {
  return `DELETE FROM delivery_batches WHERE (edge, epoch, sequence) IN
    (SELECT batch.edge, batch.epoch, batch.sequence FROM delivery_epochs AS own
      CROSS JOIN delivery_batches AS batch WHERE batch.edge = own.edge AND batch.epoch = own.epoch
        AND own.closed IS NOT NULL AND own.updated_at < ${before} LIMIT ${limit})`
}
