import { join } from 'node:path'
import { type NameModel, startNameModel } from '../../engines/names/name-host.ts'
import type { Clock } from '../../spec/ports.ts'

/** The name model that comes with the package. */
export const bundledNameModel = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-names')

/** The folder of the name model that a policy wants; undefined where it wants none. */
export function nameModelFolder({ nameModel }: { readonly nameModel: boolean | string }): string | undefined {
  if (nameModel === false) return undefined
  return nameModel === true ? bundledNameModel : nameModel
}

/** The name models of one program: one process for each folder, however many guards use it. */
export interface LocalNames extends AsyncDisposable {
  /** Starts the model unless it runs. Throws `model-not-found`, `model-invalid`, `engine-crashed`, `engine-unavailable`. */
  use(folder: string): Promise<UsedNames>
}

/** A share of a running name model; it ends with its last user. */
export interface UsedNames extends AsyncDisposable {
  readonly model: NameModel
}

interface Shared {
  readonly starting: Promise<NameModel>
  users: number
}

/** Nothing is started before somebody uses it. */
export function createLocalNames({ clock }: { readonly clock: Clock }): LocalNames {
  const running = new Map<string, Shared>()

  async function end(folder: string, shared: Shared): Promise<void> {
    if (running.get(folder) === shared) running.delete(folder)
    const model = await shared.starting.catch(() => undefined)
    await model?.[Symbol.asyncDispose]()
  }

  return {
    async use(folder) {
      const shared = running.get(folder) ?? { starting: startNameModel({ folder, clock }), users: 0 }
      running.set(folder, shared)
      shared.users += 1
      let isUsed = true
      const release = async () => {
        if (!isUsed) return
        isUsed = false
        shared.users -= 1
        if (shared.users === 0) await end(folder, shared)
      }
      try {
        return { model: await shared.starting, [Symbol.asyncDispose]: release }
      } catch (thrown) {
        await release()
        throw thrown
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map(([folder, shared]) => end(folder, shared)))
    },
  }
}
