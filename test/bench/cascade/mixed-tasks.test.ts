import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { intentTasks, slotTasks } from '../../../src/bench/cascade/bundled-tasks.ts'
import { mixedTasks } from '../../../src/bench/cascade/mixed-tasks.ts'
import { questionTasks } from '../../../src/bench/cascade/question-tasks.ts'
import { chineseShellTasks, englishShellTasks } from '../../../src/bench/cascade/shell-tasks.ts'
import { workOrderTasks } from '../../../src/bench/cascade/work-order-tasks.ts'
import { readTasks, scoreAnswer } from '../../../src/evaluation/task.ts'
import { promptText } from '../../../src/routers/prompt-text.ts'

interface Example {
  readonly prompt: string
  readonly expected: string
}

const mixed = mixedTasks()
if (mixed === undefined) {
  console.log('skipped: tasks of all skills, because their data are not beside the checkout (set EDGEWISE_DATA)')
}

describe.skipIf(mixed === undefined)('tasks of all skills of the bundled pair', () => {
  const { calibration, heldOut } = mixed ?? { calibration: [], heldOut: [] }
  const readers = [intentTasks, slotTasks, workOrderTasks, englishShellTasks, chineseShellTasks, questionTasks]
  const skills = mixed === undefined ? [] : readers.map((read) => read() ?? [])

  it('are the validation pairs of the training scripts: every published example is among them, word for word', () => {
    const path = join(import.meta.dirname, '..', '..', '..', 'models', 'examples.jsonl')
    const examples = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Example)
    const expected = new Map(skills.flat().map((task) => [promptText(task.messages), task] as const))
    expect(examples).toHaveLength(72)
    for (const { prompt, expected: answer } of examples) expect(expected.get(prompt)?.expect, prompt).toEqual([answer])
  })

  it('are as many as the model card says of the skills that are held out by hash', () => {
    const counts = skills.slice(2).map(({ length }) => length)
    expect(counts).toEqual([100, 477, 437, 792])
  })

  it('fall into two halves without a topic in common', () => {
    const topics = new Map(skills.flat().map(({ id, topic, task }) => [id, `${task} ${topic}`] as const))
    const used = new Set(calibration.map(({ id }) => topics.get(id)))
    expect(used.size).toBeGreaterThan(500)
    expect(heldOut.filter(({ id }) => used.has(topics.get(id)))).toEqual([])
  })

  it('give no skill more than its part', () => {
    const most = (tasks: typeof heldOut) =>
      Math.max(
        ...Map.groupBy(tasks, ({ task }) => task)
          .values()
          .map(({ length }) => length),
      )
    expect(most(calibration)).toBe(225)
    expect(most(heldOut)).toBe(450)
  })

  it('are scored full by their own answers', () => {
    const wrong = [...calibration, ...heldOut].filter((task) => scoreAnswer(task, String(task.expect[0])) !== 1)
    expect(wrong.map(({ id }) => id)).toEqual([])
  })

  it('can be written down and read again', () => {
    const lines = heldOut.map(({ id, task, messages, expect, score }) => {
      return JSON.stringify({ id, task, prompt: promptText(messages), expect, score })
    })
    expect(readTasks(lines.join('\n'), 'tasks')).toHaveLength(heldOut.length)
  })
})
