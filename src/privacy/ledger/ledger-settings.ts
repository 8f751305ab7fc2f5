import { join } from 'node:path'
import { z } from 'zod'

/** Settings of the ledger of one program; `name` is the folder in its state folder where it lies unless they say otherwise. */
export function ledgerSettingsSchema(name: string) {
  return z.strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('record every send, without its content, before its first byte leaves; what cannot be recorded stays'),
    folder: z.string().min(1).optional().describe(`where the record lies; absent: ${name} in the state folder`),
    maxMiB: z
      .int()
      .min(1)
      .default(4096)
      .describe('the log warns when the record has grown beyond this; nothing of it is ever deleted'),
  })
}

export type LedgerSettings = z.infer<ReturnType<typeof ledgerSettingsSchema>>

/** Names of the ledgers of an edge and a hub, so that both may share a state folder. */
export const edgeLedgerName = 'ledger'
export const hubLedgerName = 'hub-ledger'

/** Where a ledger lies, and the key that signs and salts it: beside the folder, so that the folder can be handed on without it. */
export interface LedgerPlace {
  readonly folder: string
  readonly keyPath: string
}

export interface LedgerPlaceOptions {
  readonly settings: Pick<LedgerSettings, 'folder'>
  readonly stateFolder: string
  readonly name: string
}

/** Where the settings have a ledger lie. */
export function ledgerPlace({ settings, stateFolder, name }: LedgerPlaceOptions): LedgerPlace {
  return { folder: settings.folder ?? join(stateFolder, name), keyPath: join(stateFolder, `${name}-key.pem`) }
}
