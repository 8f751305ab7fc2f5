import { createHash } from 'node:crypto'
import { readPieces } from './read-pieces.ts'

/** What the hub says of a file's content: SHA-256 for large ones, the SHA-1 of the git blob for the rest. */
export interface ExpectedDigest {
  readonly algorithm: 'sha256' | 'git-sha1'
  readonly value: string
}

/** Takes the bytes of one file in order and then knows what they are. */
export interface DigestMeter {
  update(bytes: Uint8Array): void
  /** Ends the meter. */
  finish(): { readonly sha256: string; readonly matches: boolean }
}

/** A meter for a file of `bytes` bytes, compared with what is expected of it. */
export function createDigestMeter({ bytes, expected }: { bytes: number; expected: ExpectedDigest }): DigestMeter {
  const sha256 = createHash('sha256')
  const git = expected.algorithm === 'git-sha1' ? createHash('sha1').update(`blob ${bytes}\0`) : undefined
  return {
    update(piece) {
      sha256.update(piece)
      git?.update(piece)
    },
    finish() {
      const digest = sha256.digest('hex')
      return { sha256: digest, matches: (git?.digest('hex') ?? digest) === expected.value }
    },
  }
}

/** SHA-256 of a file on disk, 64 hexadecimal digits. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of readPieces(path, signal)) hash.update(piece)
  return hash.digest('hex')
}
