import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import { clockOfLife, WallClock } from './node-clock.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { fairWeather, SimulatedLink } from './simulated-network.ts'
import { SimulatedTime } from './simulated-time.ts'

async function runAll(time: SimulatedTime, untilMs = Infinity): Promise<void> {
  while (await time.step(untilMs));
}

describe('simulated time', () => {
  it('passes from event to event, in order, and events of one moment come as they were asked for', async () => {
    const time = new SimulatedTime()
    const seen: string[] = []
    for (const [ms, name] of [
      [30, 'c'],
      [10, 'a'],
      [30, 'd'],
      [20, 'b'],
    ] as const) {
      time.after(ms, () => seen.push(`${name}${time.nowMs}`))
    }
    time.after(15, () => seen.push('never'))()
    await runAll(time)
    expect(seen).toEqual(['a10', 'b20', 'c30', 'd30'])
  })

  it('stands still until immediates and promises that an event sets off are through', async () => {
    const time = new SimulatedTime()
    const seen: number[] = []
    time.after(1, () => setImmediate(() => setImmediate(() => seen.push(time.nowMs))))
    time.after(2, () => seen.push(time.nowMs))
    await runAll(time)
    expect(seen).toEqual([1, 2])
  })

  it('keeps ten thousand events of random times in order', async () => {
    const time = new SimulatedTime()
    const random = createSeededRandom(5)
    const seen: number[] = []
    for (let event = 0; event < 3000; event += 1) time.after(random() * 1000, () => seen.push(time.nowMs))
    await runAll(time)
    expect(seen).toHaveLength(3000)
    expect(seen.every((ms, index) => ms >= (seen[index - 1] ?? 0))).toBe(true)
  })
})

describe('the clock of a machine', () => {
  it('ends no timer of a life that is over, and is wrong when it is told to be', async () => {
    const time = new SimulatedTime()
    const wall = new WallClock(time, 1000)
    const life = new AbortController()
    const clock = clockOfLife(time, wall, life.signal)
    let woken = 0
    clock.after(10, () => woken++)
    void clock.delay(20).then(() => woken++)
    await time.step(10)
    life.abort()
    await runAll(time, 50)
    expect(woken).toBe(1)
    wall.jump(-5000)
    expect([clock.now(), clock.monotonic()]).toEqual([1000 - 5000 + 50, 50])
    wall.freeze()
    await runAll(time, 90)
    expect(clock.now()).toBe(1000 - 5000 + 50)
  })
})

describe('a simulated disk', () => {
  const count = (disk: SimulatedDisk) => disk.open().prepare('SELECT count(*) AS count FROM kept').get()?.count

  it.each([
    [false, 2],
    [true, 1],
  ])('lazy: %s, has %d rows after a crash', (isLazy, rows) => {
    const disk = new SimulatedDisk(new Uint8Array(), { isLazy })
    const database = disk.open()
    database.exec('CREATE TABLE kept (key TEXT); INSERT INTO kept VALUES (1)')
    disk.sync()
    database.exec('INSERT INTO kept VALUES (2)')
    database.exec('BEGIN; INSERT INTO kept VALUES (3)')
    disk.crash()
    database.exec('INSERT INTO kept VALUES (4)')
    expect(count(disk)).toBe(rows)
  })
})

describe('a simulated link', () => {
  async function answered(weather: Partial<typeof fairWeather>) {
    const time = new SimulatedTime()
    const link = new SimulatedLink(time, createSeededRandom(1))
    link.weather = { ...fairWeather, ...weather }
    let served = 0
    const call = link.call(async () => ++served)
    const outcome = call.then(
      () => ({ answered: true, ms: time.nowMs }),
      () => ({ answered: false, ms: time.nowMs }),
    )
    await runAll(time)
    return { served, ...(await outcome) }
  }

  it('takes a request over and its answer back, within its delays', async () => {
    const { served, answered: isAnswered, ms } = await answered({})
    expect({ served, isAnswered }).toEqual({ served: 1, isAnswered: true })
    expect(ms).toBeGreaterThanOrEqual(40)
    expect(ms).toBeLessThanOrEqual(120)
  })

  it('gives up when everything is lost, or nothing gets through', async () => {
    expect(await answered({ lossRatio: 1 })).toMatchObject({ served: 0, answered: false, ms: 10_000 })
    expect(await answered({ isCut: true })).toMatchObject({ served: 0, answered: false })
  })

  it('serves a duplicated request twice', async () => {
    expect(await answered({ duplicateRatio: 1 })).toMatchObject({ served: 2, answered: true })
  })
})
