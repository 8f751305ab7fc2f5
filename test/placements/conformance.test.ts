import * as tools from 'vitest'
import type { Generator } from '../../src/engines/engine.ts'
import { createCascadePlacement } from '../../src/placements/cascade.ts'
import { createCloudPlacement } from '../../src/placements/cloud.ts'
import { createLocalPlacement } from '../../src/placements/local.ts'
import { markSanitised, type RequestViews, type SanitisedRequest } from '../../src/spec/outbound.ts'
import { conformPlacement } from '../../src/testing/conformance/placement.ts'
import { createScriptedGenerator } from '../../src/testing/scripted-generator.ts'
import { closedGuard, finish, request, sure } from './request.ts'

const pace = () => ({ prefillTokensPerSecond: 1000, decodeTokensPerSecond: 100 })
const messages = [{ role: 'user' as const, content: 'Say something, PERSON_1.' }]
const open: RequestViews = { raw: request, sanitised: markSanitised({ ...request, messages }) }
const kept = closedGuard.protect(request)

const local = createScriptedGenerator({ model: 'small', script: [[sure('not ', 0.1), sure('sure', 0.1), finish]] })
const cloud = createScriptedGenerator({ model: 'large', script: [[sure('quite ', 1), sure('sure', 1), finish]] })
const generator = cloud as Generator<SanitisedRequest>
const shared = { tools, open, kept }

conformPlacement({
  ...shared,
  name: 'local',
  setUp: () => createLocalPlacement({ generator: local, pace }),
  seen: () => local.calls.map((call) => call.request.messages),
})
conformPlacement({
  ...shared,
  name: 'cloud',
  setUp: () => createCloudPlacement({ generator }),
  seen: () => cloud.calls.map((call) => call.request.messages),
})
conformPlacement({
  ...shared,
  name: 'cascade',
  setUp: () => createCascadePlacement({ local, cloud: generator, pace, threshold: 0.8, decideAfterTokens: 1 }),
  seen: () => cloud.calls.map((call) => call.request.messages),
})
