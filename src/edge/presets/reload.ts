import type { EdgeConfig } from '../config.ts'

/** What reading the settings anew has changed, by the keys of the settings. */
export interface ReloadReport {
  /** In force for every request from now on. */
  readonly changed: readonly string[]
  /** Changed in the file, but only in force after a restart. */
  readonly needsRestart: readonly string[]
}

/** Keys that are read when the edge starts and never again. */
const fixed: ReadonlySet<string> = new Set([
  'host',
  'port',
  'model',
  'variant',
  'threads',
  'kvBudgetMiB',
  'embeddings.model',
  'responses.keepDays',
  'responses.keepMiB',
  'outbox.rows',
  'outbox.mib',
  'ledger.enabled',
  'ledger.folder',
  'ledger.maxMiB',
])

/** Which keys differ between the settings in force and those that were asked for. Pure. */
export function compareSettings(inForce: EdgeConfig, asked: EdgeConfig): ReloadReport {
  const [before, after] = [leaves(inForce), leaves(asked)]
  const keys = [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key))
  return {
    changed: keys.filter((key) => !isFixed(key)),
    needsRestart: keys.filter(isFixed),
  }
}

function isFixed(key: string): boolean {
  return fixed.has(key) || key.startsWith('model.')
}

/** The settings that were asked for, but for what only a restart can change. Pure. */
export function reloadable(inForce: EdgeConfig, asked: EdgeConfig): EdgeConfig {
  const { host, port, kvBudgetMiB, responses, outbox, ledger } = inForce
  const { model: _model, variant: _variant, threads: _threads, ...rest } = asked
  const { hubModel } = asked.embeddings
  return {
    ...rest,
    host,
    port,
    kvBudgetMiB,
    responses,
    outbox,
    ledger,
    ...pick(inForce, ['model', 'variant', 'threads']),
    embeddings: { ...pick(inForce.embeddings, ['model']), ...(hubModel === undefined ? {} : { hubModel }) },
  }
}

function pick<T extends object, K extends keyof T>(value: T, keys: readonly K[]): Pick<T, K> {
  const present = keys.filter((key) => value[key] !== undefined)
  return Object.fromEntries(present.map((key) => [key, value[key]])) as Pick<T, K>
}

/** Every setting by its path, as JSON; lists and maps of free names count as one. */
function leaves(value: object, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, inner] of Object.entries(value)) {
    const name = path + key
    if (typeof inner === 'object' && !Array.isArray(inner) && name !== 'aliases')
      for (const leaf of leaves(inner, `${name}.`)) found.set(...leaf)
    else if (inner !== undefined) found.set(name, JSON.stringify(inner))
  }
  return found
}
