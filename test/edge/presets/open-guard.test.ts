import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { edgePolicySchema } from '../../../src/edge/edge-policy.ts'
import { createLocalNames, nameModelFolder } from '../../../src/edge/presets/local-names.ts'
import { openGuard } from '../../../src/edge/presets/open-guard.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { writeTinyNames } from '../../../src/testing/tiny-names/write-tiny-names.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-open-guard-'))
const folder = join(root, 'names')
const missing = join(root, 'missing')
const context = { keyId: 'k', signal: new AbortController().signal }
const request = {
  id: 'r',
  model: 'auto',
  messages: [{ role: 'user' as const, content: 'Dear Ada, write to ada@example.org' }],
  sampling: { temperature: 0, topP: 1, topK: 0 },
  stop: [],
}
beforeAll(() => writeTinyNames({ folder }))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const policyWith = (privacy: object) => edgePolicySchema.parse({ privacy })
const fails = (error: Error) => {
  throw error
}

describe('the guard of an edge', () => {
  it('asks the name model that its policy names', async () => {
    await using names = createLocalNames({ clock: systemClock })
    const policy = policyWith({ personalData: 'protect', nameModel: folder })
    await using guard = await openGuard({ policy, clock: systemClock, names, onFault: fails })
    const views = await guard.protect(request, context)
    await using used = await names.use(folder)
    const [named = []] = await used.model.classify(['Dear Ada, write to ada@example.org'], context.signal)
    const outside = named.filter(({ start }) => start < 'Dear Ada, write to '.length).length
    const { PERSON = 0, LOCATION = 0 } = views.report?.findings ?? {}
    // What looks like no name may be left out.
    expect(PERSON + LOCATION).toBeGreaterThan(0)
    expect(PERSON + LOCATION).toBeLessThanOrEqual(outside)
    expect(views.report?.findings.EMAIL_ADDRESS).toBe(1)
  })

  it('starts no model where the policy has nothing looked through, or wants none', async () => {
    await using names = createLocalNames({ clock: systemClock })
    for (const privacy of [
      { personalData: 'keep', nameModel: missing },
      { personalData: 'allow', nameModel: missing },
      { personalData: 'protect', nameModel: false },
    ]) {
      await using guard = await openGuard({ policy: policyWith(privacy), clock: systemClock, names, onFault: fails })
      expect(await guard.protect(request, context)).toBeDefined()
    }
  })

  it('cannot be opened for a model of the policy that is not there', async () => {
    await using names = createLocalNames({ clock: systemClock })
    const policy = policyWith({ personalData: 'protect', nameModel: missing })
    const opening = openGuard({ policy, clock: systemClock, names, onFault: fails })
    await expect(opening).rejects.toMatchObject({ code: 'model-not-found' })
  })

  it('lets nothing leave without the bundled model, and says why', async () => {
    await using names = createLocalNames({ clock: systemClock })
    const broken = { ...names, use: () => names.use(missing) }
    const told: string[] = []
    const policy = policyWith({ personalData: 'protect', nameModel: true })
    const onFault = ({ message }: Error) => void told.push(message)
    await using guard = await openGuard({ policy, clock: systemClock, names: broken, onFault })
    const views = await guard.protect(request, context)
    expect(views.sanitised).toBeUndefined()
    expect(views.keptBecause).toMatch(/holds no name model/)
    expect(told).toHaveLength(1)
  })
})

describe('the name models of a program', () => {
  it('are one process for each folder, which ends with its last user', async () => {
    await using names = createLocalNames({ clock: systemClock })
    const [first, second] = await Promise.all([names.use(folder), names.use(folder)])
    expect(first.model).toBe(second.model)
    await first[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
    expect(await second.model.classify(['Ada'], context.signal)).toHaveLength(1)
    await second[Symbol.asyncDispose]()
    expect(second.model.unavailable()).toMatch(/closed/)
    const third = await names.use(folder)
    expect(third.model).not.toBe(second.model)
    expect(await third.model.classify(['Ada'], context.signal)).toHaveLength(1)
  })

  it('end with the program', async () => {
    const names = createLocalNames({ clock: systemClock })
    const { model } = await names.use(folder)
    await names[Symbol.asyncDispose]()
    await expect(model.classify(['Ada'], context.signal)).rejects.toMatchObject({ code: 'engine-unavailable' })
  })

  it('are the bundled one, another, or none', () => {
    expect(nameModelFolder({ nameModel: true })).toMatch(/models.edgewise-names$/)
    expect(nameModelFolder({ nameModel: folder })).toBe(folder)
    expect(nameModelFolder({ nameModel: false })).toBeUndefined()
  })
})
