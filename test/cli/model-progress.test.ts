import { describe, expect, it } from 'vitest'
import { createProgressLines, progressLine } from '../../src/cli/commands/model-progress.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

const MiB = 2 ** 20

function lines(isTerminal: boolean) {
  const written: string[] = []
  const clock = createFakeClock()
  return { written, clock, progress: createProgressLines({ write: (text) => written.push(text), isTerminal, clock }) }
}

describe('progress', () => {
  it('tells bytes, rate and time left', () => {
    const at = { doneBytes: 120 * MiB, totalBytes: 1200 * MiB }
    expect(progressLine({ ...at, bytesPerSecond: 12 * MiB })).toBe(
      '120 MiB of 1.2 GiB (10 %), 12.0 MiB/s, 1 min 30 s left',
    )
    expect(progressLine({ ...at, bytesPerSecond: MiB / 10 })).toMatch(/, 3 h 0 min left$/)
    expect(progressLine({ ...at, bytesPerSecond: undefined })).toBe('120 MiB of 1.2 GiB (10 %)')
    expect(progressLine({ doneBytes: 0, totalBytes: 0, bytesPerSecond: 0 })).toBe('0 B of 0 B (100 %)')
  })

  it('is a line every five seconds where nobody watches, and one at the end', async () => {
    const { written, clock, progress } = lines(false)
    for (let step = 0; step <= 12; step += 1) {
      progress.update(step * MiB, 12 * MiB)
      await clock.advance(1000)
    }
    progress.update(12 * MiB, 12 * MiB)
    progress.end()
    expect(written).toEqual([
      '0 B of 12.0 MiB (0 %)\n',
      '5.0 MiB of 12.0 MiB (41 %), 1.0 MiB/s, 7 s left\n',
      '10.0 MiB of 12.0 MiB (83 %), 1.0 MiB/s, 2 s left\n',
      '12.0 MiB of 12.0 MiB (100 %)\n',
    ])
  })

  it('is one changing line on a terminal, left for anything else that is said', async () => {
    const { written, clock, progress } = lines(true)
    progress.update(MiB, 4 * MiB)
    progress.update(2 * MiB, 4 * MiB)
    await clock.advance(200)
    progress.update(3 * MiB, 4 * MiB)
    progress.say('something')
    progress.end()
    expect(written.map((text) => text.trimEnd())).toEqual([
      '\r1.0 MiB of 4.0 MiB (25 %)',
      '\r3.0 MiB of 4.0 MiB (75 %), 10.0 MiB/s, 1 s left',
      '',
      'something',
    ])
  })

  it('forgets its rate when a file starts over', async () => {
    const { written, clock, progress } = lines(false)
    progress.update(8 * MiB, 9 * MiB)
    await clock.advance(5000)
    progress.update(MiB, 9 * MiB)
    expect(written.at(-1)).toBe('1.0 MiB of 9.0 MiB (11 %)\n')
  })
})
