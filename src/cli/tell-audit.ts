import type { Finding } from '../privacy/recognizers/recognizer.ts'
import type { Paint } from './demo/paint.ts'

export interface Audit {
  readonly text: string
  /** In the order of the text, without overlaps. */
  readonly findings: readonly Finding[]
  readonly paint: Paint
}

/** The findings by class with line and column, then the text with each finding replaced by the name of its class. */
export function tellAudit({ text, findings, paint }: Audit): string {
  if (findings.length === 0) return `${paint.edge('Nothing personal was found.')}\n\n${text}`
  const place = placesIn(text)
  const byEntity = [...Map.groupBy(findings, ({ entity }) => entity)].sort(([, a], [, b]) => b.length - a.length)
  const lists = byEntity.map(([entity, found]) => {
    const lines = found.map((finding) => tellFinding(text, finding, { place, paint }))
    return `${paint.strong(entity)} ${found.length}\n${lines.join('\n')}`
  })
  const count = `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} in ${text.length} characters`
  return [count, ...lists, paint.strong('The text without them:'), masked(text, findings, paint)].join('\n\n')
}

function tellFinding(
  text: string,
  { start, end, score, recognizer }: Finding,
  { place, paint }: { readonly place: (unit: number) => string; readonly paint: Paint },
): string {
  const found = text.slice(start, end).replaceAll(/\s+/g, ' ')
  const shown = found.length > 60 ? `${found.slice(0, 57)}...` : found
  return `  ${place(start).padEnd(9)} ${paint.fault(shown)} ${paint.soft(`${score.toFixed(2)} ${recognizer}`)}`
}

function masked(text: string, findings: readonly Finding[], paint: Paint): string {
  let at = 0
  let written = ''
  for (const { start, end, entity } of findings) {
    written += `${text.slice(at, start)}${paint.cloud(`[${entity}]`)}`
    at = end
  }
  return written + text.slice(at)
}

/** Line and column, both from 1, of a UTF-16 unit; asked in rising order it reads the text once. */
function placesIn(text: string): (unit: number) => string {
  const starts = [0]
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1)
  return (unit) => {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((starts[middle] ?? 0) <= unit) low = middle
      else high = middle
    }
    return `${low + 1}:${unit - (starts[low] ?? 0) + 1}`
  }
}
