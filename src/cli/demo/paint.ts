import { styleText } from 'node:util'

/** Colours with a meaning, or none. */
export interface Paint {
  edge(text: string): string
  cloud(text: string): string
  fault(text: string): string
  soft(text: string): string
  strong(text: string): string
  /** The colour of the place behind a placement. */
  placement(placement: string, text: string): string
}

/** `isColored: false` gives back every text as it is. */
export function createPaint({ isColored }: { isColored: boolean }): Paint {
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    isColored ? styleText(format, text, { validateStream: false }) : text
  const edge = style('green')
  const cloud = style('blueBright')
  const fault = style('red')
  const byPlacement = new Map([
    ['local', edge],
    ['cloud', cloud],
  ])
  return {
    edge,
    cloud,
    fault,
    soft: style('dim'),
    strong: style('bold'),
    placement: (placement, text) => (byPlacement.get(placement) ?? fault)(text),
  }
}
