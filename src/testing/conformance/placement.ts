import type * as vitest from 'vitest'
import type { Placement, RunContext } from '../../placements/placement.ts'
import type { RequestViews } from '../../spec/outbound.ts'
import type { StreamPart } from '../../spec/stream-part.ts'

export interface PlacementConformance {
  readonly tools: Pick<typeof vitest, 'describe' | 'it' | 'expect'>
  readonly name: string
  /** A placement that can answer, over models with at least two pieces of text. */
  readonly setUp: () => Placement
  /** Views of a request that may leave, whose raw and sanitised messages differ. */
  readonly open: RequestViews
  /** Views of a request that must stay. */
  readonly kept: RequestViews
  /** The messages that the models of this placement were given so far. */
  readonly seen: () => readonly unknown[]
}

/** What every placement must do. Call it in the test file of an implementation. */
export function conformPlacement({ tools, name, setUp, open, kept, seen }: PlacementConformance): void {
  const { describe, it, expect } = tools
  describe(`${name}, as a placement`, () => {
    it('ends an answer with exactly one finish', async () => {
      const parts = await Array.fromAsync(setUp().run(open, context()))
      expect(parts.filter(({ type }) => type === 'finish')).toHaveLength(1)
      expect(parts.at(-1)?.type).toBe('finish')
      expect(textOf(parts)).not.toBe('')
    })

    it('says what it needs and gives, the same each time', () => {
      const placement = setUp()
      expect(placement.models.length).toBeGreaterThan(0)
      expect(placement.place === 'edge').toBe(!placement.needsLink)
      expect(placement.discloses === 'nothing').toBe(placement.place === 'edge')
      expect(placement.unavailable(open.raw)).toBe(undefined)
      expect(placement.unavailable(open.raw)).toBe(undefined)
    })

    it('estimates a positive time for any state of the link', () => {
      for (const link of [
        { state: 'down' },
        { state: 'up', roundTripMs: 80, firstTokenMs: 300, tokensPerSecond: 40 },
      ] as const) {
        const { firstTokenMs, tokensPerSecond } = setUp().estimate(open.raw, link)
        expect(firstTokenMs).toBeGreaterThan(0)
        expect(tokensPerSecond).toBeGreaterThan(0)
      }
    })

    it('gives the raw messages to nobody outside, and nothing at all of a request that is kept', async () => {
      const placement = setUp()
      if (placement.discloses === 'nothing') {
        expect(textOf(await Array.fromAsync(placement.run(kept, context())))).not.toBe('')
        return
      }
      await expect(Array.fromAsync(placement.run(kept, context()))).rejects.toMatchObject({ code: 'policy-forbids' })
      await Array.fromAsync(placement.run(open, context()))
      if (placement.place === 'cloud')
        expect(seen().every((messages) => messages === open.sanitised?.messages)).toBe(true)
    })

    it('stops when the request is aborted', async () => {
      const gone = AbortSignal.abort()
      await expect(Array.fromAsync(setUp().run(open, context(gone)))).rejects.toMatchObject({ code: 'aborted' })
    })
  })
}

function context(signal: AbortSignal = new AbortController().signal): RunContext {
  return { signal, streaming: true, onConfidence: () => undefined }
}

function textOf(parts: readonly StreamPart[]): string {
  return parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
}
