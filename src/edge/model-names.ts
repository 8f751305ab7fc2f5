import { EdgewiseError } from '../spec/errors.ts'

/** The name that leaves the choice of the model to the plan. */
export const autoModel = 'auto'

export interface ModelNames {
  /** Ids that can answer here, the local one first. */
  readonly known: readonly string[]
  readonly aliases: Readonly<Record<string, string>>
}

/** The model id that a request's `model` stands for; undefined leaves the choice to the plan. Throws `model-not-found`. */
export function resolveModel(name: string, { known, aliases }: ModelNames): string | undefined {
  const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined
  const target =
    known.includes(name) || name === autoModel
      ? name
      : (alias ?? (Object.hasOwn(aliases, '*') ? aliases['*'] : undefined))
  if (target === autoModel) return undefined
  if (target !== undefined && known.includes(target)) return target
  const offered = [autoModel, ...known].join(', ')
  const named = JSON.stringify(name.slice(0, 100))
  const because =
    target === undefined
      ? 'is not known here and no alias names it'
      : `is an alias of ${target}, which is not known here`
  throw new EdgewiseError('model-not-found', `Model ${named} ${because}. Offered: ${offered}.`, { param: 'model' })
}

/** A request's `model` as records may have it: a caller can write anything there, so what names no model here is `unknown`. */
export function recordedModel(name: string, { known, aliases }: ModelNames): string {
  const isNamed = name === autoModel || known.includes(name) || (name !== '*' && Object.hasOwn(aliases, name))
  return isNamed ? name : 'unknown'
}
