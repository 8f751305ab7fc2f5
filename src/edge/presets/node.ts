import type { Logger } from 'pino'
import type { Decision } from '../../spec/decision.ts'
import { hostInUrl } from '../../spec/host-in-url.ts'
import type { Clock } from '../../spec/ports.ts'
import type { EdgeConfig } from '../config.ts'
import type { SentBodies } from '../sent-bodies.ts'
import { type Listening, listen } from '../server/listen.ts'
import { openFoundation } from './foundation.ts'
import type { ReloadReport } from './reload.ts'
import { openSettings } from './settings-in-force.ts'

export interface StartEdgeOptions {
  readonly config: EdgeConfig
  /** Keys, identity and decisions live here; made when absent. */
  readonly stateFolder: string
  readonly clock: Clock
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  /** Told of every concluded request. */
  readonly onDecision?: (decision: Decision) => void
  /** Keeps the last bodies that left, to show them to whoever has the key; absent: none are kept. */
  readonly sentBodies?: SentBodies
  /** Reads the settings anew; throws `config-invalid`. Absent: they stay as they are. */
  readonly readConfig?: () => Promise<EdgeConfig>
}

export interface RunningEdge {
  readonly url: string
  readonly port: number
  readonly apiKey: string
  /** Where the key came from: a path, or the name of a variable. */
  readonly apiKeySource: string
  /** Answers under way. */
  readonly running: number
  /**
   * Reads the settings anew. New requests obey them at once; running ones end as they began. Throws `config-invalid`, and everything stays as
   * it was, when they are not good.
   */
  reload(): Promise<ReloadReport>
  /** Takes no more requests and lets running answers finish, for `limits.drainMs` at most or until the signal aborts; then closes. */
  drain(signal?: AbortSignal): Promise<void>
  /** Ends running answers with an explicit error, then everything that was opened. */
  close(): Promise<void>
}

/** A whole edge on this machine. Throws a typed error, with nothing left open, when any part of it cannot start. */
export async function startEdge(options: StartEdgeOptions): Promise<RunningEdge> {
  await using opened = new AsyncDisposableStack()
  const foundation = opened.use(await openFoundation(options))
  const settings = await openSettings(options, foundation)
  opened.defer(() => settings.close())
  const { host, port } = options.config
  const { clock } = options
  const server = opened.use(
    await listen({ fetch: (request, env) => settings.serving.handle(request, env as object), host, port, clock }),
  )
  const everything = opened.move()
  const close = async () => {
    foundation.shutdown.abort()
    await everything.disposeAsync()
  }
  return {
    url: `http://${hostInUrl(host)}:${server.port}`,
    port: server.port,
    apiKey: foundation.key.value,
    apiKeySource: foundation.key.source,
    get running() {
      return server.running
    },
    reload: () => settings.reload(),
    async drain(signal) {
      foundation.draining.abort()
      await drained(server, { clock, withinMs: settings.serving.config.limits.drainMs, signal })
      await close()
    },
    close,
  }
}

interface DrainedOptions {
  readonly clock: Clock
  readonly withinMs: number
  readonly signal: AbortSignal | undefined
}

/** Resolves when no answer runs any more, the time is over, or the signal aborts. */
async function drained(server: Listening, { clock, withinMs, signal }: DrainedOptions): Promise<void> {
  const patience = new AbortController()
  const ends = signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal])
  await Promise.race([server.drain(), clock.delay(withinMs, ends).catch(() => undefined)])
  patience.abort()
}
