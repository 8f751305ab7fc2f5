import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { crashAt, listCrashPoints } from '../../../src/testing/faults/crash-points.ts'
import { killAtRandom } from '../../../src/testing/faults/killer.ts'
import { loopMissing, makeLoopImage } from '../../../src/testing/faults/loop-image.ts'
import { cutPower } from '../../../src/testing/faults/power-cut.ts'
import { straceMissing } from '../../../src/testing/faults/strace.ts'
import { startWriter } from '../../../src/testing/faults/writer-process.ts'
import { type PlainMode, plainCommand, plainFile, recoverPlain, startPlainWriter } from './plain-subject.ts'

async function folderOfTest(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'edgewise-faults-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

describe('the killer', () => {
  async function killed(mode: PlainMode) {
    await using folder = await folderOfTest()
    let starts = 0
    return await killAtRandom({
      kills: 6,
      leastAcknowledged: 70,
      longestMs: 30,
      random: createSeededRandom(1),
      // Its keys are new each time: what was committed but never acknowledged is there already.
      start: () => startPlainWriter(folder.path, mode, 1 + 1_000_000 * starts++),
      recover: () => recoverPlain(folder.path),
    })
  }

  it('finds nothing lost of a writer that commits first', async () => {
    const tally = await killed('honest')
    expect(tally).toMatchObject({ injected: 6, lost: 0 })
    expect(tally.acknowledged).toBeGreaterThan(6)
  })

  it('finds what a writer lost that acknowledged before its commit', async () => {
    expect((await killed('early')).lost).toBeGreaterThan(0)
  })

  it('finds what a writer wrote twice', async () => {
    expect((await killed('twice')).duplicated).toBeGreaterThan(0)
  })

  it('tells of a writer that ends by itself', async () => {
    const start = () => startWriter({ file: process.execPath, args: ['-e', 'throw new Error("of its own")'] })
    const killing = killAtRandom({ kills: 1, random: () => 1, start, recover: async () => [] })
    await expect(killing).rejects.toThrow('of its own')
  })
})

const noStrace = straceMissing()

describe.skipIf(noStrace !== undefined)('the crash points', () => {
  it('are all writes and syncs of a program, and it dies at each', async () => {
    await using folder = await folderOfTest()
    const paths = [plainFile(folder.path), `${plainFile(folder.path)}-wal`]
    const subject = { command: plainCommand(folder.path, 'honest', 1, 2), paths, trace: join(folder.path, 'trace') }
    const points = await listCrashPoints(subject)
    expect(points.filter(({ call }) => call === 'fsync' || call === 'fdatasync').length).toBeGreaterThan(3)
    expect(points.length).toBeGreaterThan(15)
    await rm(plainFile(folder.path))
    const { reached } = await crashAt(points[12] ?? { call: 'fsync', when: 1 }, subject)
    expect(reached).toBe(true)
    await recoverPlain(folder.path)
  })
})

const noLoop = loopMissing()

describe.skipIf(noLoop !== undefined)('the power cut', () => {
  async function cut(mode: PlainMode) {
    await using folder = await folderOfTest()
    return await cutPower({
      image: await makeLoopImage({ folder: folder.path, megabytes: 32 }),
      random: () => 0.5,
      longestMs: 100,
      start: (mounted) => startPlainWriter(mounted, mode),
      recover: recoverPlain,
    })
  }

  it('loses nothing that was synced', async () => {
    const { acknowledged, lost, duplicated } = await cut('honest')
    expect(acknowledged).toBeGreaterThan(0)
    expect({ lost, duplicated }).toEqual({ lost: [], duplicated: [] })
  })

  it('loses what synchronous=NORMAL left in the page cache', async () => {
    expect((await cut('normal')).lost.length).toBeGreaterThan(0)
  })
})

for (const reason of [noStrace, noLoop]) if (reason !== undefined) console.log(`skipped here: ${reason}`)
