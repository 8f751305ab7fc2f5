import { readFile } from 'node:fs/promises'
import { toolWorks } from './run-tool.ts'
import type { WriterCommand } from './writer-process.ts'

/** The calls that change what is on a disk. */
export const writingCalls = [
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'fsync',
  'fdatasync',
  'ftruncate',
  'rename',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'unlink',
  'unlinkat',
] as const

export type WritingCall = (typeof writingCalls)[number]

export interface TracedCommand {
  readonly command: WriterCommand
  /** Only calls on these paths are seen, counted and changed; all calls when absent. */
  readonly paths?: readonly string[]
  readonly calls?: readonly WritingCall[]
  /** As strace's `--inject` takes it, such as `fsync:error=EIO:when=3+`. */
  readonly inject?: string
  /** The file that gets the trace. */
  readonly trace: string
}

/** Why strace cannot be used here, or undefined. */
export function straceMissing(): string | undefined {
  if (toolWorks('strace', ['-f', '-o', '/dev/null', 'true'])) return undefined
  return 'strace is not installed, or may not trace processes here'
}

/** The command, run under strace. */
export function traced({ command, paths = [], calls = writingCalls, inject, trace }: TracedCommand): WriterCommand {
  const where = paths.flatMap((path) => ['-P', path])
  const what = inject === undefined ? [] : [`--inject=${inject}`]
  // A question mark lets strace go on where an architecture lacks that call.
  const seen = calls.map((call) => `?${call}`).join(',')
  const args = ['-f', '-y', '-qq', '-s', '24', '-o', trace, ...where, '-e', `trace=${seen}`, ...what, command.file]
  return { file: 'strace', args: [...args, ...command.args] }
}

/** One call in a trace. */
export interface TracedCall {
  readonly thread: number
  readonly call: string
  /** The line without the thread. */
  readonly line: string
}

/** The calls of a trace in their order; ends of threads and signals left out. */
export async function readTrace(path: string): Promise<readonly TracedCall[]> {
  const text = await readFile(path, 'utf8')
  return [...text.matchAll(/^(\d+) +((\w+)\(.*)$/gm)].map(([, thread, line = '', call = '']) => {
    return { thread: Number(thread), call, line }
  })
}
