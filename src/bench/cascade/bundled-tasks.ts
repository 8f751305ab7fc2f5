import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { sharedData } from './shared-data.ts'
import { type Pair, type ValidationTask, validationTasks } from './validation-tasks.ts'

const clincSchema = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])))
const snipsSchema = z.record(
  z.string(),
  z.array(z.object({ data: z.array(z.object({ text: z.string(), entity: z.string().optional() })) })),
)

/** Validation pairs of CLINC150 as the bundled models are asked them, without those whose text is in the training part too. */
export function intentTasks(): readonly ValidationTask[] | undefined {
  const path = sharedData('clinc150', 'train-val.json')
  if (path === undefined) return undefined
  const parts = clincSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  const of = (isHeld: boolean) =>
    Object.entries(parts).flatMap(([name, rows]) => (name.endsWith('val') === isHeld ? rows : []))
  const pairs = of(true).map(([text, label]) => ({ text, answer: label === 'oos' ? 'out_of_scope' : label }))
  return validationTasks({
    task: 'intent',
    held: pairs,
    training: of(false).map(([text]) => text),
    ask: ({ text }) => `Intent: ${text}`,
  })
}

/** Validation pairs of SNIPS: the intent and the slots as JSON, in the order of the text. */
export function slotTasks(): readonly ValidationTask[] | undefined {
  const folder = sharedData('snips', '2017-06-custom-intent-engines')
  if (folder === undefined) return undefined
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  const pairsOf = (isHeld: boolean) =>
    files
      .filter((name) => (isHeld ? /(^|\/)validate/.test(name) : name.includes('_full')))
      .toSorted()
      .flatMap((name) => readSlots(join(folder, name)))
  return validationTasks({
    task: 'slots',
    held: pairsOf(true),
    training: pairsOf(false).map(({ text }) => text),
    ask: ({ text }) => `Slots: ${text}`,
  })
}

function readSlots(path: string): readonly Pair[] {
  const bytes = readFileSync(path)
  const utf8 = bytes.toString('utf8')
  const parsed = snipsSchema.parse(JSON.parse(utf8.includes('\uFFFD') ? bytes.toString('latin1') : utf8))
  return Object.entries(parsed).flatMap(([intent, rows]) =>
    rows.map(({ data }) => {
      const pieces = data.map(({ text, entity }) => {
        const plain = text.normalize('NFC').replace(/\s+/g, ' ')
        return { text: entity === undefined ? plain : plain.trim(), slot: entity }
      })
      const slots: Record<string, string | string[]> = { intent }
      for (const { text, slot } of pieces) {
        if (slot === undefined) continue
        const before = slots[slot]
        slots[slot] = before === undefined ? text : [before, text].flat()
      }
      return {
        text: pieces
          .map(({ text }) => text)
          .join('')
          .trim(),
        answer: JSON.stringify(slots),
      }
    }),
  )
}
