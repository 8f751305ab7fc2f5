import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Ledger, SendFacts } from '../../privacy/ledger/ledger.ts'
import { edgeLedgerName, ledgerPlace } from '../../privacy/ledger/ledger-settings.ts'
import { type OnCheckpoint, openLedger } from '../../privacy/ledger/open-ledger.ts'
import type { Clock } from '../../spec/ports.ts'
import type { EdgeConfig } from '../config.ts'

export interface EdgeLedgerOptions {
  readonly config: Pick<EdgeConfig, 'ledger'>
  readonly stateFolder: string
  readonly clock: Clock
  readonly log: Pick<Logger, 'error'>
  /** Told of each checkpoint that is signed. */
  readonly onCheckpoint?: OnCheckpoint
}

/** The ledger of an edge; undefined where the settings turn it off. */
export async function openEdgeLedger(options: EdgeLedgerOptions): Promise<Ledger | undefined> {
  const { config, stateFolder, clock, log, onCheckpoint } = options
  if (!config.ledger.enabled) return undefined
  return openLedger({
    ...ledgerPlace({ settings: config.ledger, stateFolder, name: edgeLedgerName }),
    clock,
    mostBytes: config.ledger.maxMiB * 2 ** 20,
    onTrouble: (message) => log.error(message),
    ...(onCheckpoint === undefined ? {} : { onCheckpoint }),
  })
}

/** What the ledger tells of every request under this policy: its digest, and whose recognizers looked. */
export function policyFacts(policy: EdgeConfig['policy']): Pick<SendFacts, 'policy' | 'detector'> {
  const digest = createHash('sha256').update(JSON.stringify(policy)).digest('base64url')
  return { policy: digest.slice(0, 22), detector: `edgewise ${version()}` }
}

function version(): string {
  const path = join(import.meta.dirname, '..', '..', '..', 'package.json')
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version?: unknown }
  return String(version)
}
