import type { Generator } from '../engines/engine.ts'
import type { Rejection } from '../spec/plan.ts'
import { type InferenceRequest, requiredCapabilities } from '../spec/request.ts'
import type { Placement } from './placement.ts'
import { promptTokens } from './prompt-tokens.ts'

/** Tokens per second of the local engine, as measured so far. */
export interface Pace {
  readonly prefillTokensPerSecond: number
  readonly decodeTokensPerSecond: number
}

/** The whole answer on this device: needs nobody, tells nobody. */
export function createLocalPlacement({ generator, pace }: { generator: Generator; pace: () => Pace }): Placement {
  return {
    kind: 'local',
    place: 'edge',
    models: [generator.model],
    needsLink: false,
    discloses: 'nothing',
    exact: true,
    unavailable: (request) => generatorLacks(generator, request),
    estimate(request) {
      const { prefillTokensPerSecond, decodeTokensPerSecond } = pace()
      const firstTokenMs = (1000 * promptTokens(request)) / prefillTokensPerSecond + 1000 / decodeTokensPerSecond
      return { firstTokenMs, tokensPerSecond: decodeTokensPerSecond }
    },
    run: (views, { signal }) => generator.generate(views.raw, signal),
  }
}

/** Why this generator cannot take the request now: it is down, or lacks a capability the request needs. */
export function generatorLacks(
  generator: Pick<Generator<never>, 'model' | 'capabilities' | 'unavailable'>,
  request: InferenceRequest,
): Rejection | undefined {
  const down = generator.unavailable()
  if (down !== undefined) return { code: 'engine-down', because: down }
  for (const [capability, field] of requiredCapabilities(request)) {
    if (generator.capabilities.has(capability)) continue
    return {
      code: 'capability',
      because: `model ${generator.model} does not support ${capability}, which ${field} asks for`,
    }
  }
  return undefined
}
