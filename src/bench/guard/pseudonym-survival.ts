import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Generator } from '../../engines/engine.ts'
import { startOnnxEngine } from '../../engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import { tokenOf } from '../../privacy/pseudonyms/token.ts'
import { systemClock } from '../../spec/system-clock.ts'
import type { Figure } from '../bench.ts'

const models = join(import.meta.dirname, '..', '..', '..', 'models')
const exampleSchema = z.object({ skill: z.string(), prompt: z.string(), expected: z.string() })

interface Case {
  readonly prompt: string
  readonly value: string
}

/** How many values of slot-filling prompts the bundled models copy into their JSON: as they are, and as pseudonyms. */
export async function measureSurvival(say: (line: string) => void): Promise<readonly Figure[]> {
  const cases = await readCases()
  const figures: Figure[] = []
  for (const name of ['edge', 'cloud']) {
    say(`${cases.length} values through the bundled ${name} model, plain and as pseudonyms`)
    const manifest = await readModelFolder({ folder: join(models, `edgewise-${name}`) })
    const { signal } = new AbortController()
    await using model = await startOnnxEngine({
      manifest,
      threads: 1,
      kvBudgetBytes: 2 ** 28,
      clock: systemClock,
      signal,
    })
    const share = async (standIn: (value: string) => string) => {
      let copied = 0
      for (const { prompt, value } of cases) {
        const word = standIn(value)
        if (
          (
            await answerOf(
              model,
              prompt.replaceAll(value, () => word),
              signal,
            )
          ).includes(word)
        )
          copied += 1
      }
      return (100 * copied) / cases.length
    }
    figures.push({ name: `${name} model: values copied`, value: await share((value) => value), unit: '%' })
    figures.push({
      name: `${name} model: pseudonyms copied`,
      value: await share(() => tokenOf('PERSON', 1)),
      unit: '%',
    })
  }
  return figures
}

/** Values that an expected answer repeats from its prompt. */
async function readCases(): Promise<readonly Case[]> {
  const lines = (await readFile(join(models, 'examples.jsonl'), 'utf8')).trim().split('\n')
  const examples = lines.map((line) => exampleSchema.parse(JSON.parse(line))).filter(({ skill }) => skill === 'slots')
  return examples.flatMap(({ prompt, expected }) => {
    const { intent: _intent, ...slots } = JSON.parse(expected) as Record<string, unknown>
    const values = Object.values(slots).filter((value) => typeof value === 'string')
    return values.filter((value) => value.length > 3 && prompt.includes(value)).map((value) => ({ prompt, value }))
  })
}

async function answerOf(model: Generator, content: string, signal: AbortSignal): Promise<string> {
  const sampling = { temperature: 0, topP: 1, topK: 0 }
  const messages = [{ role: 'user' as const, content }]
  let text = ''
  for await (const part of model.generate(
    { id: 'r', model: model.model, messages, sampling, stop: [], maxTokens: 96 },
    signal,
  ))
    if (part.type === 'text-delta') text += part.text
  return text
}
