import { writeFile } from 'node:fs/promises'
import { type Bench, type Figure, holds } from './bench.ts'

/** The figures as aligned lines, the unmet goals too. */
export function tellFigures(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length))
  return figures
    .map(({ name, value, unit, goal }) => {
      const judged = goal === undefined ? '' : `   goal ${goal}: ${holds(value, goal) ? 'holds' : 'NOT REACHED'}`
      return `  ${name.padEnd(width)}  ${rounded(value).padStart(10)} ${unit}${judged}`
    })
    .join('\n')
}

/** `{ bench, figures: [{ name, value, unit, goal, holds }] }`, one row a figure. */
export async function writeFigures(
  path: string,
  bench: Pick<Bench, 'name'>,
  figures: readonly Figure[],
): Promise<void> {
  const rows = figures.map(({ name, value, unit, goal }) => {
    return { name, value, unit, goal: goal ?? null, holds: goal === undefined ? null : holds(value, goal) }
  })
  await writeFile(path, `${JSON.stringify({ bench: bench.name, figures: rows }, null, 2)}\n`)
}

function rounded(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
