import { createHash } from 'node:crypto'
import type { Task } from '../../evaluation/task.ts'

/** One validation pair of the bundled models. */
export interface Pair {
  readonly text: string
  readonly answer: string
  /** Texts are the same only when this is the same, too: the tool that a shell question is about. */
  readonly label?: string
  /** What the text is about; pairs of one topic must not be parted between calibration and measurement. The text when absent. */
  readonly topic?: string
}

export interface ValidationTask extends Task {
  readonly topic: string
}

export interface ValidationTasksOptions {
  readonly task: string
  readonly held: readonly Pair[]
  /** Texts of the training part, whose equals are left out. */
  readonly training?: readonly string[]
  /** What is asked; the text behind the skill's prefix. */
  readonly ask: (pair: Pair) => string
}

/** Held-out pairs as the bundled models are asked them, each text once. */
export function validationTasks({ task, held, training = [], ask }: ValidationTasksOptions): readonly ValidationTask[] {
  const seen = new Set(training.map((text) => keyOf({ text })))
  const fresh = held.filter((pair) => {
    const isNew = pair.text !== '' && !seen.has(keyOf(pair))
    seen.add(keyOf(pair))
    return isNew
  })
  return fresh.map((pair, index) => ({
    id: `${task}-${index}`,
    task,
    messages: [{ role: 'user', content: ask(pair) }],
    expect: [pair.answer],
    score: 'exact',
    topic: pair.topic ?? pair.text.toLowerCase(),
  }))
}

/** True for so many percent of all keys, by their hash: `held_out` of training/pairs.py. */
export function isHeldOut(key: string, percent = 10): boolean {
  return BigInt(`0x${createHash('sha256').update(key).digest('hex')}`) % 100n < BigInt(percent)
}

/** A text without capitals and punctuation, as the training scripts compare them. */
export function plainText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, ' ')
    .trim()
}

function keyOf({ label = '', text }: Pick<Pair, 'label' | 'text'>): string {
  return `${label}\n${plainText(text)}`
}
