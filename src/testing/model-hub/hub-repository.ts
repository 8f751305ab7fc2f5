import { createHash } from 'node:crypto'

/** A repository as a test describes it. */
export interface RepositoryOptions {
  readonly files: Readonly<Record<string, Uint8Array | string>>
  /** `private`: 404 in all but name without the token. `gated`: 403 unless the token has been let in. */
  readonly access?: 'open' | 'private' | 'gated'
  /** Branches and tags; absent: `main`. */
  readonly revisions?: readonly string[]
}

/** A file with what the hub says of it. */
export interface HubFile {
  readonly bytes: Buffer
  /** SHA-1 of the git blob; for a large file that of its pointer. */
  readonly oid: string
  /** SHA-256, for files in large file storage. */
  readonly lfs: string | undefined
  /** What the CDN and the hub call this content. */
  readonly etag: string
}

/** A repository as the server keeps it. */
export interface StoredRepository {
  readonly access: 'open' | 'private' | 'gated'
  readonly revisions: readonly string[]
  /** 40 hexadecimal digits, from the content. */
  readonly commit: string
  readonly files: ReadonlyMap<string, HubFile>
}

/** Files from this size on are in large file storage; binary ones always. */
const largeFileBytes = 4096

/** Computes what the hub would know of these files. Same files, same commit. */
export function storeRepository({ files, access = 'open', revisions = ['main'] }: RepositoryOptions): StoredRepository {
  const stored = new Map(Object.entries(files).map(([path, content]) => [path, storeFile(path, Buffer.from(content))]))
  const names = [...stored].map(([path, { etag }]) => `${path} ${etag}`).toSorted()
  return { access, revisions, commit: createHash('sha1').update(names.join('\n')).digest('hex'), files: stored }
}

function storeFile(path: string, bytes: Buffer): HubFile {
  const isLarge = bytes.length >= largeFileBytes || /\.(onnx|gguf)|_data|\.data/.test(path)
  if (!isLarge) {
    const oid = gitBlob(bytes)
    return { bytes, oid, lfs: undefined, etag: oid }
  }
  const lfs = createHash('sha256').update(bytes).digest('hex')
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${lfs}\nsize ${bytes.length}\n`
  return { bytes, oid: gitBlob(Buffer.from(pointer)), lfs, etag: lfs }
}

function gitBlob(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}
