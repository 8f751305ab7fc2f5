import { closeSync, openSync, readSync } from 'node:fs'

/** One line of a ledger file without its end; `isWhole` is false for what stands behind the last line end. */
export interface Line {
  readonly file: string
  /** Counted from 1. */
  readonly number: number
  readonly text: string
  readonly isWhole: boolean
}

const longestLine = 65_536

/** The lines of these files in order, read piece by piece: the size of a ledger does not matter. */
export function* linesOf(files: readonly string[]): Generator<Line> {
  const piece = Buffer.allocUnsafe(131_072)
  for (const file of files) {
    const handle = openSync(file, 'r')
    try {
      let rest = Buffer.alloc(0)
      let number = 1
      for (let read = readSync(handle, piece); read > 0 && rest.length <= longestLine; read = readSync(handle, piece)) {
        const bytes = Buffer.concat([rest, piece.subarray(0, read)])
        let start = 0
        for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start), number += 1) {
          yield { file, number, text: bytes.toString('latin1', start, end), isWhole: true }
          start = end + 1
        }
        rest = bytes.subarray(start)
      }
      if (rest.length > 0) yield { file, number, text: rest.toString('latin1'), isWhole: false }
    } finally {
      closeSync(handle)
    }
  }
}
