import type { EdgeCheckpoint } from '../hub/control-plane/edge-checkpoints.ts'
import type { JoinedEdge } from '../store/store.ts'

/** The checkpoints of an edge for a person, newest first, one line each, and aloud what no honest ledger does. */
export function tellCheckpoints({ name, id }: JoinedEdge, checkpoints: readonly EdgeCheckpoint[]): string {
  if (checkpoints.length === 0)
    return `${name} (${id.slice(0, 12)}) has handed over no checkpoint of its ledger so far; the first comes a minute after its first send.\n`
  const lines = checkpoints.map(
    ({ receivedAt, ledger, entries }) =>
      `${new Date(receivedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC  ${String(entries).padStart(10)} entries  ${ledger}\n`,
  )
  return [...lines, ...warnings(checkpoints)].join('')
}

/** As JSON, for `ledger verify --head`. */
export function checkpointsAsJson({ name, id }: JoinedEdge, checkpoints: readonly EdgeCheckpoint[]): string {
  return `${JSON.stringify({ edge: { name, id }, checkpoints }, null, 2)}\n`
}

function warnings(checkpoints: readonly EdgeCheckpoint[]): readonly string[] {
  return checkpoints.flatMap(({ ledger, entries }, index) => {
    const before = checkpoints[index + 1]
    if (before === undefined) return []
    if (before.ledger !== ledger) return [`WARNING: after ${before.ledger} another ledger was begun, ${ledger}.\n`]
    if (before.entries <= entries) return []
    return [`WARNING: ${ledger} had ${before.entries} entries, and ${entries} later: it was cut back.\n`]
  })
}
