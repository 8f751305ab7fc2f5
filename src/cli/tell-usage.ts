import type { CallerUsage, UsedInPeriod } from '../hub/control-plane/caller-usage.ts'

/** What each caller of a hub used today and this month, one line each. */
export function tellUsage(usage: readonly CallerUsage[]): string {
  if (usage.length === 0) return 'Nobody has used this hub yet. `edgewise hub token` lets an edge in.\n'
  const head = ['EDGE', 'NAME', 'TODAY', 'THIS MONTH', 'REQUESTS', 'TOKENS IN', 'TOKENS OUT']
  const rows = usage.map(({ caller, name, currency, today, month }) => [
    caller.slice(0, 12),
    name,
    money(today, currency),
    money(month, currency),
    String(month.requests),
    String(month.promptTokens),
    String(month.completionTokens),
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  return [head, ...rows].map((row) => `${line(row).trimEnd()}\n`).join('')
}

function money({ micros, mostMicros }: UsedInPeriod, currency: string): string {
  const most = mostMicros === null ? '' : ` of ${(mostMicros / 1_000_000).toFixed(2)}`
  return `${(micros / 1_000_000).toFixed(4)}${most} ${currency}`
}
