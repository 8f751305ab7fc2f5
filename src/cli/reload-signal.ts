import type { EventEmitter } from 'node:events'
import type { Logger } from 'pino'
import type { ReloadReport } from '../edge/presets/reload.ts'
import { asEdgewiseError } from '../spec/errors.ts'

export interface ReloadSignalOptions {
  /** Where the signals come from: `process`. */
  readonly signals: Pick<EventEmitter, 'on' | 'off'>
  readonly reload: () => Promise<ReloadReport>
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** From now on until disposed, SIGHUP reads the settings anew; the log tells what came of it. */
export function listenForReload({ signals, reload, log }: ReloadSignalOptions): Disposable {
  const hear = async () => {
    try {
      const { changed, needsRestart } = await reload()
      log.info(changed.length === 0 ? 'settings read; nothing to change' : `settings read; new: ${changed.join(', ')}`)
      if (needsRestart.length > 0) log.warn(`only in force after a restart: ${needsRestart.join(', ')}`)
    } catch (thrown) {
      log.error(`the settings stay as they were: ${asEdgewiseError(thrown).message}`)
    }
  }
  const heard = () => void hear()
  signals.on('SIGHUP', heard)
  return { [Symbol.dispose]: () => signals.off('SIGHUP', heard) }
}
