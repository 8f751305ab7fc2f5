import type { Random } from '../../src/spec/ports.ts'
import type { WallClock } from './node-clock.ts'
import { between, exponential, oneOf } from './random-pick.ts'
import { fairWeather, type SimulatedLink, type Weather } from './simulated-network.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** A machine that can fail. */
export interface Machine {
  readonly isUp: boolean
  readonly wall: WallClock
  start(): Promise<void>
  crash(): void
}

export interface DisasterOptions {
  readonly time: SimulatedTime
  readonly random: Random
  readonly machines: readonly Machine[]
  readonly links: readonly SimulatedLink[]
  /** Mean time between two of them. */
  readonly meanMs: number
  /** From then on everything is repaired. */
  readonly untilMs: number
  readonly onDisaster: (name: string) => void
}

const dayMs = 86_400_000
const clockJumps = [-3_650 * dayMs, 3_650 * dayMs, -3 * 3_600_000, 3_600_000, -1000]

/** Lets machines crash, links fail and clocks jump, at random, one after the other or at the same time, until that moment. */
export function startDisasters(options: DisasterOptions): void {
  const { time, random, meanMs, untilMs, onDisaster } = options
  time.after(exponential(random, meanMs), () => {
    if (time.nowMs >= untilMs) return
    onDisaster(oneOf(random, [crash, crash, changeWeather, changeWeather, cutLink, upsetClock])(options))
    startDisasters(options)
  })
}

function crash({ time, random, machines, untilMs }: DisasterOptions): string {
  const machine = oneOf(random, machines)
  if (machine.isUp) {
    machine.crash()
    time.after(Math.min(exponential(random, 20_000), untilMs - time.nowMs), () => void machine.start())
  }
  return 'crash'
}

function cutLink({ time, random, links, untilMs }: DisasterOptions): string {
  const link = oneOf(random, links)
  link.weather = { ...link.weather, isCut: true }
  time.after(Math.min(exponential(random, 60_000), untilMs - time.nowMs), () => {
    link.weather = { ...link.weather, isCut: false }
  })
  return 'cut'
}

function changeWeather({ time, random, links, untilMs }: DisasterOptions): string {
  const link = oneOf(random, links)
  link.weather = { ...anyWeather(random), isCut: link.weather.isCut }
  time.after(Math.min(exponential(random, 60_000), untilMs - time.nowMs), () => {
    link.weather = { ...fairWeather, isCut: link.weather.isCut }
  })
  return 'weather'
}

function anyWeather(random: Random): Weather {
  const shortestMs = between(random, 1, 100)
  return {
    shortestMs,
    longestMs: shortestMs + exponential(random, 1000),
    lossRatio: random() * 0.4,
    duplicateRatio: random() * 0.4,
    isCut: false,
  }
}

function upsetClock({ time, random, machines, untilMs }: DisasterOptions): string {
  const { wall } = oneOf(random, machines)
  if (random() < 0.3) {
    wall.freeze()
    time.after(Math.min(exponential(random, 60_000), untilMs - time.nowMs), () => wall.thaw())
    return 'frozen clock'
  }
  wall.jump(oneOf(random, clockJumps))
  return 'clock jump'
}
