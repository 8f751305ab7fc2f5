import type { z } from 'zod'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { FromChild, Leftovers } from './child-messages.ts'
import { toChildSchema } from './child-messages.ts'
import { removeLeftovers } from './remove-leftovers.ts'

export interface ServeChildOptions<S extends { readonly leftovers: Leftovers }> {
  readonly settings: z.ZodType<S>
  /** Starts the work. What it resolves with is told to the demo; `close` ends it. */
  readonly start: (settings: S, tell: (message: FromChild) => void) => Promise<Started>
}

export interface Started {
  readonly ready: unknown
  close(): Promise<void>
}

/**
 * The life of a child process of the demo: starts when told, ends when told, on SIGTERM, or when the demo is gone; then it takes away
 * what the demo would have. Ctrl-C is the demo's own business.
 */
export function serveChild<S extends { readonly leftovers: Leftovers }>({
  settings,
  start,
}: ServeChildOptions<S>): void {
  let started: Promise<Started> | undefined
  let leftovers: Leftovers | undefined
  let isEnding = false
  const demoPid = process.ppid
  const tell = (message: FromChild) => {
    if (process.connected) process.send?.(message)
  }
  const end = async ({ isOrphan }: { isOrphan: boolean }) => {
    if (isEnding) return
    isEnding = true
    const running = await started?.catch(() => undefined)
    await running?.close()
    const isAlone = isOrphan || !process.connected
    if (isAlone && leftovers !== undefined) await removeLeftovers({ leftovers, demoPid })
    process.exit(0)
  }
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => void end({ isOrphan: false }))
  process.on('disconnect', () => void end({ isOrphan: true }))
  process.on('message', (raw) => {
    const message = toChildSchema.parse(raw)
    if (message.type === 'stop') {
      void end({ isOrphan: false })
      return
    }
    const parsed = settings.parse(message.settings)
    leftovers = parsed.leftovers
    started = start(parsed, tell)
    started.then(
      ({ ready }) => tell({ type: 'ready', ready }),
      (thrown) => fail(thrown, tell),
    )
  })
}

function fail(thrown: unknown, tell: (message: FromChild) => void): void {
  const error = asEdgewiseError(thrown)
  tell({ type: 'failed', code: error.code, message: error.message })
  if (!(thrown instanceof EdgewiseError)) console.error(thrown)
}
