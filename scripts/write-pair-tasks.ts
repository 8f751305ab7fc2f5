import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mixedTasks } from '../src/bench/cascade/mixed-tasks.ts'
import type { Task } from '../src/evaluation/task.ts'
import { promptText } from '../src/routers/prompt-text.ts'

/**
 * Writes the tasks that the bundled calibration is made from and those that it is measured on, for `edgewise eval` and
 * `edgewise calibrate`: `node scripts/write-pair-tasks.ts FOLDER`. Needs the public data sets beside the checkout, or EDGEWISE_DATA.
 */
const [folder = 'out'] = process.argv.slice(2)
const tasks = mixedTasks()
if (tasks === undefined)
  throw new Error('The data sets are not beside the checkout. Name their folder in EDGEWISE_DATA.')

mkdirSync(folder, { recursive: true })
for (const [name, rows] of [
  ['calibration.jsonl', tasks.calibration],
  ['held-out.jsonl', tasks.heldOut],
] as const) {
  writeFileSync(join(folder, name), rows.map((task) => `${JSON.stringify(lineOf(task))}\n`).join(''))
  console.log(`${join(folder, name)}: ${rows.length} tasks`)
}

function lineOf({ id, task, messages, expect, score, maxTokens }: Task) {
  return { id, task, prompt: promptText(messages), expect, score, max_tokens: maxTokens }
}
