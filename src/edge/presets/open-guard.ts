import type { TextDetector } from '../../privacy/guard/inspect.ts'
import { createGuard, type Guard } from '../../privacy/guard.ts'
import type { ConversationMemory } from '../../privacy/pseudonyms/conversation-memory.ts'
import { asEdgewiseError, type EdgewiseError } from '../../spec/errors.ts'
import type { ClassifyTokens, Clock } from '../../spec/ports.ts'
import type { EdgeConfig } from '../config.ts'
import { type LocalNames, nameModelFolder } from './local-names.ts'

export interface OpenGuardOptions {
  readonly policy: EdgeConfig['policy']
  readonly memory?: ConversationMemory
  readonly clock: Clock
  /** Where its name model runs. */
  readonly names: LocalNames
  /** Told when the bundled name model cannot be used: then nothing leaves that it should have read. */
  readonly onFault: (error: EdgewiseError) => void
}

/** A guard with the share of the name model that it uses. */
export interface OpenedGuard extends Guard {
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * The guard of an edge. Recognizers and the name model are loaded only where the policy has them look. Throws `config-invalid` for a recognizer of the
 * policy's own that cannot be used, and an error of `LocalNames` for a name model of its own.
 */
export async function openGuard(options: OpenGuardOptions): Promise<OpenedGuard> {
  const { policy, memory, clock } = options
  const { personalData, mode, recognizers } = policy.privacy
  await using opened = new AsyncDisposableStack()
  if (personalData !== 'protect' && mode === 'enforce') return disposable(createGuard({ policy, clock }), opened.move())
  const { createDetector } = await import('../../privacy/detector.ts')
  const patterns = createDetector({ custom: recognizers })
  const detector = await withNames(patterns, options, opened)
  const guard = createGuard({ policy, detector, patterns, clock, ...(memory === undefined ? {} : { memory }) })
  return disposable(guard, opened.move())
}

async function withNames(
  recognizers: ReturnType<typeof import('../../privacy/detector.ts').createDetector>,
  { policy, names, onFault }: OpenGuardOptions,
  opened: AsyncDisposableStack,
): Promise<TextDetector> {
  const { nameModel } = policy.privacy
  const folder = nameModelFolder(policy.privacy)
  if (folder === undefined) return recognizers
  const { createNameDetector } = await import('../../privacy/name-detector.ts')
  try {
    const { model } = opened.use(await names.use(folder))
    return createNameDetector({ recognizers, classify: model.classify })
  } catch (thrown) {
    if (typeof nameModel === 'string') throw thrown
    const error = asEdgewiseError(thrown)
    onFault(error)
    const classify: ClassifyTokens = () => Promise.reject(error)
    return createNameDetector({ recognizers, classify })
  }
}

function disposable(guard: Guard, opened: AsyncDisposableStack): OpenedGuard {
  return { ...guard, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
