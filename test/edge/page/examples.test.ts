import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { failoverPrompt, showcase } from '../../../src/cli/demo/showcase.ts'

const root = join(import.meta.dirname, '..', '..', '..')

interface Example {
  readonly skill: string
  readonly prompt: string
  readonly edgeCorrect: boolean
  readonly cloudCorrect: boolean
}

const known = new Map(
  readFileSync(join(root, 'models', 'examples.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Example)
    .map((example) => [example.prompt, example] as const),
)

const html = readFileSync(join(root, 'src', 'edge', 'page', 'index.html'), 'utf8')
const onPage = [...html.matchAll(/<li><button type="button">([^<]+)<\/button><\/li>/g)].map(([, prompt = '']) =>
  prompt.replaceAll('&lt;', '<').replaceAll('&gt;', '>'),
)

describe('the examples that people are invited to try', () => {
  it('are prompts whose answers by the bundled models were measured', () => {
    const all = [...onPage, failoverPrompt, ...showcase.map(({ prompt }) => prompt)]
    expect(all.filter((prompt) => !known.has(prompt))).toEqual([])
  })

  it('stand on the page for every skill', () => {
    const skills = new Set([...known.values()].map(({ skill }) => skill))
    expect(new Set(onPage.map((prompt) => known.get(prompt)?.skill))).toEqual(skills)
  })

  it('are answered rightly by a model of the pair, in every skill that it masters at all', () => {
    const isRight = ({ edgeCorrect, cloudCorrect }: Example) => edgeCorrect || cloudCorrect
    const mastered = new Set([...known.values()].filter(isRight).map(({ skill }) => skill))
    const shown = onPage.flatMap((prompt) => known.get(prompt) ?? [])
    expect(shown.filter((example) => mastered.has(example.skill) && !isRight(example))).toEqual([])
  })
})
