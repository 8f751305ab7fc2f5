import { readTrace, traced, type WritingCall, writingCalls } from './strace.ts'
import { startWriter, type WriterCommand } from './writer-process.ts'

/** The moment before the `when`th `call` of a program's main thread, counted from 1. */
export interface CrashPoint {
  readonly call: WritingCall
  readonly when: number
}

export interface CrashSubject {
  readonly command: WriterCommand
  /** The files whose writes count; they need not be there yet. */
  readonly paths: readonly string[]
  /** File for the trace; replaced by each run. */
  readonly trace: string
}

/** Runs the program once, undisturbed, and gives all points at which it can be killed, in their order. Throws when it fails. */
export async function listCrashPoints({ command, paths, trace }: CrashSubject): Promise<readonly CrashPoint[]> {
  await using writer = startWriter(traced({ command, paths, trace }))
  const { code, said } = await writer.exited
  if (code !== 0) throw new Error(`the program failed before anything was done to it, with ${code}: ${said}`)
  const counts = new Map<string, number>()
  const points: CrashPoint[] = []
  for (const { call } of await readTrace(trace)) {
    const known = writingCalls.find((name) => name === call)
    if (known === undefined) continue
    const when = (counts.get(call) ?? 0) + 1
    counts.set(call, when)
    points.push({ call: known, when })
  }
  return points
}

/** Runs the program again and kills it at that point; gives what it had acknowledged. `reached` is false when it came to its end. */
export async function crashAt(
  { call, when }: CrashPoint,
  { command, paths, trace }: CrashSubject,
): Promise<{ readonly reached: boolean; readonly acknowledged: readonly string[] }> {
  const inject = `${call}:signal=SIGKILL:when=${when}`
  await using writer = startWriter(traced({ command, paths, trace, inject }))
  const { code, signal, said } = await writer.exited
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the program ended by itself, with ${code}: ${said}`)
  return { reached: signal === 'SIGKILL', acknowledged: writer.acknowledged }
}
