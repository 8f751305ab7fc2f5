import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { sharedData } from './shared-data.ts'
import { isHeldOut, type Pair, type ValidationTask, validationTasks } from './validation-tasks.ts'

const goldSchema = z.array(
  z.object({
    tokens: z.array(z.string()),
    entities: z.array(z.object({ start: z.int(), end: z.int(), type: z.string() })),
  }),
)
type Gold = z.infer<typeof goldSchema>[number]

/** Top-level classes, in the order of the answer's fields. */
const classes = ['Activity', 'PhysicalObject', 'State', 'Process', 'Property']

/** The tenth of MaintIE's gold work orders that was held out: texts by class as JSON, of nested entities the outermost. */
export function workOrderTasks(): readonly ValidationTask[] | undefined {
  const path = sharedData('maintie', 'gold_release.json')
  if (path === undefined) return undefined
  const held = goldSchema
    .parse(JSON.parse(readFileSync(path, 'utf8')))
    .map(pairOf)
    .filter(({ text }) => isHeldOut(text.toLowerCase()))
  return validationTasks({ task: 'work order', held, ask: ({ text }) => `Work order: ${text}` })
}

function pairOf({ tokens, entities }: Gold): Pair {
  const fields: Record<string, string[]> = {}
  let last = 0
  for (const { start, end, type } of entities.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < last) continue
    last = end
    const [name = ''] = type.split('/')
    fields[name] ??= []
    const value = tokens.slice(start, end).join(' ')
    if (!fields[name].includes(value)) fields[name].push(value)
  }
  const ordered = classes.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]] as const]))
  return { text: tokens.join(' '), answer: JSON.stringify(Object.fromEntries(ordered)) }
}
