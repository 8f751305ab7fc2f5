import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'

/** Checkpoints that somebody else kept. */
export interface KeptCheckpoints {
  /** Those of the ledger that the newest is of, as signed notes. */
  readonly notes: readonly string[]
  /** Names of other ledgers that the same edge had before. */
  readonly otherLedgers: readonly string[]
}

const hubSchema = z.looseObject({
  checkpoints: z.array(z.looseObject({ ledger: z.string(), note: z.string() })).min(1),
})

/** From the text of a file: one signed note, or what `edgewise hub ledger EDGE --json` prints. Throws `config-invalid` for JSON of another kind. */
export function keptCheckpoints(text: string, path: string): KeptCheckpoints {
  if (!text.trimStart().startsWith('{')) return { notes: [text], otherLedgers: [] }
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
    const message = `${path} holds no checkpoints. Give the file of one, or what \`edgewise hub ledger EDGE --json\` prints.`
    throw new EdgewiseError('config-invalid', message, { cause })
  }
}
