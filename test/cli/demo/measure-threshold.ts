import { readFileSync } from 'node:fs'
import OpenAI from 'openai'
import { createHome, startDemoCommand } from './demo-process.ts'

/**
 * Prints what a cascade threshold costs: `node test/cli/demo/measure-threshold.ts ANSWERS`, with the answers.jsonl of
 * training/evaluate.py, which knows for each validation prompt whether the edge and the cloud model answer it rightly. The confidence
 * is measured as the demo's edge measures it: the mean probability of the first tokens of its own answer.
 */
const [path = ''] = process.argv.slice(2)
const perSkill = 72
const decideAfterTokens = 24

interface Row {
  readonly skill: string
  readonly prompt: string
  readonly edge: { readonly right: boolean }
  readonly cloud: { readonly right: boolean }
}

const rows = readFileSync(path, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)
const bySkill = [...Map.groupBy(rows, ({ skill }) => skill).values()]
const chosen = bySkill.flatMap((own) =>
  own.filter((_, index) => index % Math.floor(own.length / perSkill) === 0).slice(0, perSkill),
)

using home = createHome()
await using demo = await startDemoCommand(home.folder)
const client = new OpenAI({ baseURL: `${demo.edgeUrl}/v1`, apiKey: demo.apiKey })

async function confidenceOf(prompt: string): Promise<number> {
  const body = { model: 'auto', temperature: 0, logprobs: true, messages: [{ role: 'user' as const, content: prompt }] }
  const { choices } = await client.chat.completions.create(body, { headers: { 'x-edgewise-mode': 'only-edge' } })
  const tokens = choices[0]?.logprobs?.content?.slice(0, decideAfterTokens) ?? []
  return tokens.length === 0 ? 1 : tokens.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0) / tokens.length
}

const judged: (Row & { readonly confidence: number })[] = []
for (const row of chosen) judged.push({ ...row, confidence: await confidenceOf(row.prompt) })

const percent = (flags: readonly boolean[]) =>
  ((100 * flags.filter(Boolean).length) / Math.max(1, flags.length)).toFixed(1)
console.log(`${judged.length} prompts, ${bySkill.length} skills in equal parts`)
console.log(
  `edge alone ${percent(judged.map(({ edge }) => edge.right))} % right, cloud alone ${percent(judged.map(({ cloud }) => cloud.right))} %`,
)
for (const threshold of [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]) {
  const kept = judged.filter(({ confidence }) => confidence >= threshold)
  const right = judged.map((row) => (row.confidence >= threshold ? row.edge.right : row.cloud.right))
  const share = percent(judged.map((row) => kept.includes(row)))
  console.log(
    `threshold ${threshold}: ${share} % stay at the edge, ${percent(right)} % right, of those kept ${percent(kept.map(({ edge }) => edge.right))} %`,
  )
}
