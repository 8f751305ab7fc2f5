import { describe, expect, it } from 'vitest'
import { intentTasks, slotTasks } from '../../../src/bench/cascade/bundled-tasks.ts'
import { heldOutEffect } from '../../../src/bench/cascade/held-out-effect.ts'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { madeUpExamples } from '../../routers/examples.ts'

describe('heldOutEffect', () => {
  it('finds nothing where there is nothing to find: outcomes that chance drew are no better than chance', () => {
    const random = createSeededRandom(5)
    const noise = madeUpExamples(300).map((example) => {
      return { ...example, local: Number(random() < 0.5), cloud: Number(random() < 0.8) }
    })
    const effect = heldOutEffect({ examples: noise, wish: { localShare: 0.5 }, random: createSeededRandom(1) })
    const byChance = effect.localShare * (effect.localQuality - effect.cloudQuality)
    expect(effect.localShare).toBeCloseTo(0.5, 0)
    expect(Math.abs(effect.toCloud - byChance)).toBeLessThan(0.06)
  })

  it('keeps what it promises where there is', () => {
    const effect = heldOutEffect({
      examples: madeUpExamples(500),
      wish: { within: 0.05 },
      random: createSeededRandom(1),
    })
    expect(effect.rows).toBe(500)
    expect(effect.toCloud).toBeGreaterThan(-0.1)
    expect(effect.localShare).toBeGreaterThan(0.15)
  })
})

const intents = intentTasks()
const slots = slotTasks()
if (intents === undefined || slots === undefined) {
  console.log(
    'skipped: tasks of the bundled pair, because clinc150 and snips are not beside the checkout (set EDGEWISE_DATA)',
  )
}

describe.skipIf(intents === undefined || slots === undefined)('tasks of the bundled pair', () => {
  it('are asked as the models were trained, each text once', () => {
    for (const [tasks = [], prefix, least] of [
      [intents, 'Intent: ', 3000],
      [slots, 'Slots: ', 600],
    ] as const) {
      const prompts = tasks.map(({ messages: [message] }) => String(message?.content))
      expect(prompts.length).toBeGreaterThan(least)
      expect(new Set(prompts).size).toBe(prompts.length)
      expect(prompts.every((prompt) => prompt.startsWith(prefix))).toBe(true)
    }
    expect(slots?.every(({ expect: [answer] }) => 'intent' in JSON.parse(String(answer)))).toBe(true)
  })
})
