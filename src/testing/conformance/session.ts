import type * as vitest from 'vitest'
import type { Logits, Session, SessionModel } from '../../engines/engine.ts'

export interface SessionConformance {
  readonly tools: Pick<typeof vitest, 'describe' | 'it' | 'expect'>
  readonly name: string
  /** Loads the model; the suite disposes of it. Its context must hold at least 160 tokens. */
  readonly load: () => Promise<SessionModel>
  /** The same model with a KV cache kept in another way: its logits must be the same bits. */
  readonly loadReference?: () => Promise<SessionModel>
  /** Largest difference of a logit between steps of different sizes: kernels may round differently for one row and for several. */
  readonly tolerance: number
}

type Tools = SessionConformance['tools']
type Load = SessionConformance['load']

/** What every whole model must do when its sessions are stepped. */
export function conformSession({ tools, name, load, loadReference, tolerance }: SessionConformance): void {
  tools.describe(`${name}: steps`, () => describeSteps(tools, { load, tolerance }))
  tools.describe(`${name}: rewinding and other sessions`, () => describeSequences(tools, load))
  tools.describe(`${name}: what is refused`, () => describeRefusals(tools, load))
  if (loadReference !== undefined) describeReference(tools, { name, load, loadReference })
}

function describeSteps({ it, expect }: Tools, { load, tolerance }: { load: Load; tolerance: number }): void {
  it('gives one row for `last` and one row a token for `all`', async () => {
    await using model = await load()
    await using session = model.openSession()
    const last = await logits(session, tokens(model, 5), 'last')
    const all = await logits(session, tokens(model, 3, 9), 'all')
    expect([last.rows, last.data.length]).toEqual([1, model.rowSize])
    expect([all.rows, all.data.length]).toEqual([3, 3 * model.rowSize])
    expect(session.position).toBe(8)
  })

  it('gives as the last row the last of all rows', async () => {
    await using model = await load()
    const last = await run(model, [tokens(model, 7)], 'last')
    const all = await run(model, [tokens(model, 7)], 'all')
    expect(difference(last, all.subarray(6 * model.rowSize))).toBeLessThanOrEqual(tolerance)
  })

  it('gives the same for one step of many tokens as for steps of one', async () => {
    await using model = await load()
    const ids = tokens(model, 20)
    const whole = await run(model, [ids], 'all')
    const single = await run(
      model,
      ids.map((id) => [id]),
      'all',
    )
    const mixed = await run(model, [ids.slice(0, 11), ids.slice(11, 12), ids.slice(12)], 'all')
    expect(difference(whole, single)).toBeLessThanOrEqual(tolerance)
    expect(difference(whole, mixed)).toBeLessThanOrEqual(tolerance)
  })

  it('gives the same bits for the same steps, up to the end of the context', async () => {
    await using model = await load()
    const ids = tokens(model, model.contextTokens)
    const steps = [ids.slice(0, 100), ids.slice(100, 129), ids.slice(129, -1), ids.slice(-1)]
    const once = await run(model, steps, 'last')
    expect(once.every(Number.isFinite)).toBe(true)
    expect(sameBits(once, await run(model, steps, 'last'))).toBe(true)
  })

  it('holds KV memory that grows with the sequence and is given back', async () => {
    await using model = await load()
    const session = model.openSession()
    expect([session.position, session.kvBytes]).toEqual([0, 0])
    await session.step({ kind: 'tokens', ids: tokens(model, 10) }, 'last')
    expect(session.kvBytes).toBeGreaterThanOrEqual(10 * model.kvBytesPerToken)
    expect(session.kvBytes).toBeLessThanOrEqual(model.contextTokens * model.kvBytesPerToken)
    await session[Symbol.asyncDispose]()
    expect(session.kvBytes).toBe(0)
  })
}

function describeSequences({ it, expect }: Tools, load: Load): void {
  it('goes on after a rewind as if the rejected rows had never been', async () => {
    await using model = await load()
    const start = tokens(model, 12)
    const ends = [tokens(model, 1, 50), tokens(model, 4, 60), tokens(model, 1, 70)]
    const untouched = await run(model, [start, ...ends], 'all')
    for (const rejected of [tokens(model, 5, 20), tokens(model, 130, 30)]) {
      await using session = model.openSession()
      await session.step({ kind: 'tokens', ids: start }, 'last')
      await session.step({ kind: 'tokens', ids: rejected }, 'last')
      session.rewind(start.length)
      expect(session.position).toBe(start.length)
      const rest = await follow(session, ends, 'all')
      expect(sameBits(rest, untouched.subarray(start.length * model.rowSize))).toBe(true)
    }
  })

  it('starts anew after a rewind to 0', async () => {
    await using model = await load()
    await using session = model.openSession()
    await session.step({ kind: 'tokens', ids: tokens(model, 9, 40) }, 'last')
    session.rewind(0)
    const again = await follow(session, [tokens(model, 6)], 'all')
    expect(sameBits(again, await run(model, [tokens(model, 6)], 'all'))).toBe(true)
  })

  it('keeps sessions apart that are stepped in turns', async () => {
    await using model = await load()
    const plans = [0, 100, 200].map((offset) => [
      tokens(model, 8, offset),
      tokens(model, 1, offset),
      tokens(model, 3, offset),
    ])
    const alone = await Promise.all(plans.map((plan) => run(model, plan, 'all')))
    const sessions = plans.map(() => model.openSession())
    const mixed: number[][] = plans.map(() => [])
    for (const turn of [0, 1, 2]) {
      await Promise.all(
        sessions.map(async (session, index) => {
          const { data } = await logits(session, plans[index]?.[turn] ?? [], 'all')
          mixed[index]?.push(...data)
        }),
      )
    }
    for (const [index, values] of mixed.entries()) {
      expect(sameBits(Float32Array.from(values), alone[index] ?? new Float32Array())).toBe(true)
    }
    for (const session of sessions) await session[Symbol.asyncDispose]()
  })
}

function describeRefusals({ it, expect }: Tools, load: Load): void {
  it('refuses what does not fit into the context, and the session is as before', async () => {
    await using model = await load()
    await using session = model.openSession()
    const start = tokens(model, 4)
    await session.step({ kind: 'tokens', ids: start }, 'last')
    const tooMany = session.step({ kind: 'tokens', ids: tokens(model, model.contextTokens - 3) }, 'last')
    await expect(tooMany).rejects.toMatchObject({ code: 'context-exceeded' })
    expect(session.position).toBe(4)
    const next = await follow(session, [tokens(model, 2, 5)], 'last')
    expect(sameBits(next, await run(model, [start, tokens(model, 2, 5)], 'last', 1))).toBe(true)
  })

  it('refuses tokens outside the vocabulary, empty steps and rewinding forward', async () => {
    await using model = await load()
    await using session = model.openSession()
    for (const ids of [[model.rowSize], [-1], [0.5], [Number.NaN], []]) {
      const refused = session.step({ kind: 'tokens', ids }, 'last')
      await expect(refused).rejects.toMatchObject({ code: 'invalid-request' })
    }
    for (const position of [1, -1, 0.5]) expect(() => session.rewind(position)).toThrow(RangeError)
    expect(session.position).toBe(0)
  })
}

function describeReference(
  { describe, it, expect }: Tools,
  { name, load, loadReference }: { name: string; load: Load; loadReference: Load },
): void {
  describe(`${name}: beside its reference`, () => {
    it('gives the same bits, step for step, also after a rewind', async () => {
      await using model = await load()
      await using reference = await loadReference()
      await using session = model.openSession()
      await using other = reference.openSession()
      const steps = [
        tokens(model, 30),
        tokens(model, 1, 3),
        tokens(model, 5, 7),
        tokens(model, 100, 9),
        tokens(model, 1, 8),
      ]
      for (const ids of steps) {
        const rows = (await logits(session, ids, 'all')).data
        expect(sameBits(rows, (await logits(other, ids, 'all')).data)).toBe(true)
      }
      for (const one of [session, other]) one.rewind(17)
      const [after, expected] = [
        await follow(session, steps.slice(1, 3), 'all'),
        await follow(other, steps.slice(1, 3), 'all'),
      ]
      expect(sameBits(after, expected)).toBe(true)
    })
  })
}

/** `count` token ids of the model, spread over its vocabulary. */
function tokens({ rowSize }: SessionModel, count: number, offset = 0): number[] {
  return Array.from({ length: count }, (_, index) => ((index + offset) * 7919 + 13) % rowSize)
}

async function logits(session: Session, ids: readonly number[], rows: 'last' | 'all'): Promise<Logits> {
  const output = await session.step({ kind: 'tokens', ids }, rows)
  if (output.kind !== 'logits') throw new TypeError('a whole model gives logits')
  return rows === 'all' ? output : { ...output, data: output.data.slice() }
}

/** The rows of all steps, one behind the other; `from` leaves out the rows of the first steps. */
async function follow(
  session: Session,
  steps: readonly (readonly number[])[],
  rows: 'last' | 'all',
  from = 0,
): Promise<Float32Array> {
  const parts: Float32Array[] = []
  for (const ids of steps) parts.push((await logits(session, ids, rows)).data)
  const kept = parts.slice(from)
  const all = new Float32Array(kept.reduce((sum, part) => sum + part.length, 0))
  let position = 0
  for (const part of kept) {
    all.set(part, position)
    position += part.length
  }
  return all
}

async function run(
  model: SessionModel,
  steps: readonly (readonly number[])[],
  rows: 'last' | 'all',
  from = 0,
): Promise<Float32Array> {
  await using session = model.openSession()
  return await follow(session, steps, rows, from)
}

/** Largest difference; infinite when the lengths differ or something is no number. */
function difference(first: Float32Array, second: Float32Array): number {
  if (first.length !== second.length) return Number.POSITIVE_INFINITY
  return first.reduce((worst, value, index) => {
    const gap = Math.abs(value - (second[index] ?? Number.NaN))
    return Number.isNaN(gap) ? Number.POSITIVE_INFINITY : Math.max(worst, gap)
  }, 0)
}

function sameBits(first: Float32Array, second: Float32Array): boolean {
  const bits = (values: Float32Array) => new Uint32Array(values.slice().buffer)
  const other = bits(second)
  return first.length === second.length && bits(first).every((word, index) => word === other[index])
}
