import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'

/** Checkpoints that somebody else kept. */
export interface KeptCheckpoints {
  /** Those of the ledger that the newest is of, as signed notes. */
  readonly notes: readonly string[]
  /** Names of other ledgers that the same edge had before. */
  readonly otherLedgers: readonly string[]
}

/** Name, size and root: what does not begin so is no checkpoint, rather than a wrong one. */
const noteBeginning = /^\S+\n\d{1,15}\n[\w+/=]{44}\n/

const hubSchema = z.looseObject({
  checkpoints: z.array(z.looseObject({ ledger: z.string(), note: z.string() })).min(1),
})

/** From the text of a file: one signed note, or what `edgewise hub ledger EDGE --json` prints. Throws `config-invalid` for anything else. */
export function keptCheckpoints(text: string, path: string): KeptCheckpoints {
  if (!text.trimStart().startsWith('{')) {
    if (!noteBeginning.test(text)) throw noCheckpoint(path)
    return { notes: [text], otherLedgers: [] }
  }
  const { checkpoints } = parsed(text, path)
  const newest = checkpoints[0]?.ledger
  const others = checkpoints.map(({ ledger }) => ledger).filter((ledger) => ledger !== newest)
  const notes = checkpoints.filter(({ ledger }) => ledger === newest).map(({ note }) => note)
  return { notes, otherLedgers: [...new Set(others)] }
}

function parsed(text: string, path: string) {
  try {
    return hubSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw noCheckpoint(path, cause)
  }
}

function noCheckpoint(path: string, cause?: unknown): EdgewiseError {
  const message = `${path} holds no checkpoint; \`edgewise ledger head\` or \`edgewise hub ledger EDGE --json\` prints one.`
  return new EdgewiseError('config-invalid', message, { cause })
}
