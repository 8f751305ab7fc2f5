import { join } from 'node:path'
import { compareKeys } from '../../src/testing/faults/compare-keys.ts'
import { readTrace, straceMissing, type TracedCall, traced } from '../../src/testing/faults/strace.ts'
import { startWriter } from '../../src/testing/faults/writer-process.ts'
import { addResults, nothingYet } from './add-results.ts'
import type { Fault, FaultResult } from './fault.ts'
import { faultFolder } from './fault-folder.ts'
import { recoverSite, siteCommand, siteFiles } from './site/site.ts'

const calls = ['fsync', 'fdatasync', 'write'] as const

/** A disk that cannot sync: from some sync on for good, and once. What was not synced must not be acknowledged. */
export const fsyncErrorFault: Fault = {
  name: 'fsync-error',
  summary: 'fsync fails with EIO, once or for good: nothing is acknowledged without a sync that went well',
  missing: straceMissing,
  async run({ full, seed, say, signal }) {
    const opening = await syncsBeforeWork()
    const offsets = full ? Array.from({ length: 25 }, (_, index) => index) : [1 + (seed % 5)]
    let result: FaultResult = nothingYet
    for (const offset of offsets) {
      const start = opening + offset
      for (const when of [`${start}+`, `${start}`]) {
        signal.throwIfAborted()
        result = addResults(result, await failSyncs(when))
        say(`fsync number ${when}: ${result.injected} syncs have failed so far, ${result.acknowledged} acknowledged`)
      }
    }
    return result
  },
}

/** How many syncs it takes to open the stores. */
async function syncsBeforeWork(): Promise<number> {
  await using folder = await faultFolder()
  const trace = join(folder.path, 'trace')
  await using writer = startWriter(
    traced({ command: siteCommand({ folder: folder.path, first: 1, count: 1 }), calls, trace }),
  )
  await writer.exited
  const seen = await readTrace(trace)
  return seen.slice(0, seen.findIndex(isAcknowledgement)).filter(({ call }) => call !== 'write').length
}

function isAcknowledgement({ line }: TracedCall): boolean {
  return line.startsWith('write(3<')
}

async function failSyncs(when: string): Promise<FaultResult> {
  await using folder = await faultFolder()
  const trace = join(folder.path, 'trace')
  const command = siteCommand({ folder: folder.path, first: 1, count: 40 })
  const inject = `fsync,fdatasync:error=EIO:when=${when}`
  await using writer = startWriter(traced({ command, calls, inject, trace }))
  const { code, said } = await writer.exited
  const seen = await readTrace(trace)
  const injected = seen.filter(({ line }) => line.includes('(INJECTED)')).length
  const { lost, duplicated } = compareKeys(writer.acknowledged, await recoverSite(folder.path))
  const falseOnes = acknowledgedWithoutSync(seen, siteFiles(folder.path)[0] ?? '')
  const failure = judge({ code, said, falseOnes, isForGood: when.endsWith('+') })
  return {
    injected,
    acknowledged: writer.acknowledged.length,
    lost: lost.length,
    duplicated: duplicated.length,
    ...(failure !== undefined && { failure: `fsync ${when}: ${failure}` }),
  }
}

interface Verdict {
  readonly code: number | null
  readonly said: string
  readonly falseOnes: number
  readonly isForGood: boolean
}

function judge({ code, said, falseOnes, isForGood }: Verdict): string | undefined {
  if (falseOnes > 0) return `${falseOnes} acknowledgements after a sync that failed`
  if (isForGood && !said.includes('store-failed')) return `no typed refusal, but ${code}: ${said}`
  return undefined
}

/** Acknowledgements between a failed sync of the edge's files and its next good one. */
function acknowledgedWithoutSync(seen: readonly TracedCall[], edgeFile: string): number {
  let isSynced = true
  let count = 0
  for (const seenCall of seen) {
    const { call, line } = seenCall
    if (call !== 'write' && line.includes(edgeFile)) isSynced = !line.includes('(INJECTED)')
    else if (isAcknowledgement(seenCall) && !isSynced) count += 1
  }
  return count
}
