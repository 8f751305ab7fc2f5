import { describe, expect, it } from 'vitest'
import { edgeConfigSchema } from '../../../src/edge/config.ts'
import { compareSettings, reloadable } from '../../../src/edge/presets/reload.ts'

const parse = (settings: object) => edgeConfigSchema.parse(settings)

describe('settings read anew', () => {
  it('are told apart in what is in force at once and what needs a restart', () => {
    const before = parse({ policy: { mode: 'only-edge' }, aliases: { a: 'b' } })
    const after = parse({
      port: 1,
      model: 'elsewhere',
      policy: { mode: 'prefer-cloud' },
      aliases: { a: 'c' },
      allowedHosts: ['box'],
      hub: { url: 'https://hub.example' },
      limits: { requestMs: 5000 },
      embeddings: { model: 'near', hubModel: 'far' },
      responses: { keepDays: 1 },
    })
    const { changed, needsRestart } = compareSettings(before, after)
    expect([...changed].sort()).toEqual([
      'aliases',
      'allowedHosts',
      'embeddings.hubModel',
      'hub.url',
      'limits.requestMs',
      'policy.mode',
    ])
    expect([...needsRestart].sort()).toEqual(['embeddings.model', 'model', 'port', 'responses.keepDays'])
    expect(compareSettings(before, before)).toEqual({ changed: [], needsRestart: [] })
  })

  it('leave what needs a restart as it was', () => {
    const before = parse({ port: 4000, variant: 'q4', embeddings: { model: 'near' } })
    const after = parse({ port: 1, model: 'x', threads: 2, kvBudgetMiB: 9, policy: { mode: 'only-edge' } })
    const merged = reloadable(before, after)
    expect(merged).toEqual({ ...before, policy: after.policy })
    expect([...compareSettings(merged, after).needsRestart].sort()).toEqual(
      ['embeddings.model', 'kvBudgetMiB', 'model', 'port', 'threads', 'variant'].sort(),
    )
  })
})
