import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createDigestMeter, type DigestMeter } from './file-digest.ts'
import type { RepositoryFile } from './list-repository.ts'
import { readPieces } from './read-pieces.ts'

/** What an earlier attempt left of a file. */
export interface LeftOver {
  readonly bytes: number
  /** The strong ETag under which they came: the rest is only asked for under the same one. */
  readonly etag: string
  /** Has read them already. */
  readonly meter: DigestMeter
}

/** A file on its way: `PATH.part` holds its first bytes, `PATH.etag` names the content that they belong to. */
export interface PartFile {
  /** Undefined when there is nothing to go on with. */
  leftOver(): Promise<LeftOver | undefined>
  /** Takes the pieces behind the first `start` bytes (0 begins anew), tells how many there are after each, and has all of them on disk at the end. */
  append(pieces: AsyncIterable<Uint8Array>, options: AppendOptions): Promise<number>
  /** Gives the file its name. */
  complete(): Promise<void>
  forget(): Promise<void>
}

export interface AppendOptions {
  readonly start: number
  readonly etag: string | undefined
  /** Called before a piece is written, with the length of the file after it. */
  readonly onPiece: (piece: Uint8Array, bytes: number) => void
}

/** The part of a file that is to be at `path`. */
export function partFile(path: string, file: Pick<RepositoryFile, 'bytes' | 'expected'>): PartFile {
  const part = `${path}.part`
  const note = `${path}.etag`

  async function forget(): Promise<void> {
    await rm(part, { force: true })
    await rm(note, { force: true })
  }

  return {
    async leftOver() {
      const bytes = await stat(part).then(({ size }) => size, nothing)
      const etag = await readFile(note, 'utf8').catch(nothing)
      if (bytes === undefined || etag === undefined || bytes === 0 || bytes > file.bytes || !isStrong(etag)) {
        await forget()
        return undefined
      }
      const meter = createDigestMeter(file)
      for await (const piece of readPieces(part)) meter.update(piece)
      return { bytes, etag, meter }
    },
    async append(pieces, { start, etag = '', onPiece }) {
      if (start === 0) {
        await forget()
        await writeFile(note, etag, { mode: 0o600 })
      }
      let bytes = start
      await using handle = await open(part, 'a', 0o600)
      try {
        for await (const piece of pieces) {
          onPiece(piece, bytes + piece.byteLength)
          await handle.writeFile(piece)
          bytes += piece.byteLength
        }
      } finally {
        await handle.sync()
      }
      return bytes
    },
    async complete() {
      await rename(part, path)
      await rm(note, { force: true })
    },
    forget,
  }
}

function isStrong(etag: string): boolean {
  return /^"[^"]{1,200}"$/.test(etag)
}

function nothing(): undefined {}
