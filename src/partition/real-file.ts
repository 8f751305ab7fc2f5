import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { basename, dirname, resolve, sep } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'

/** A regular file on disk. */
export interface RealFile {
  readonly path: string
  readonly folder: string
  readonly name: string
  readonly bytes: number
}

/**
 * The regular file at `path`, without any link on the way to its bytes but one kind: the cache of huggingface_hub keeps a model as links from
 * `snapshots/REVISION/` to `blobs/` of the same repository, and those are followed. Undefined when nothing is there; throws `model-invalid` for
 * a link to anywhere else, a folder, a device. Asks for no rights beyond those two places.
 */
export function realFile(path: string): RealFile | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return undefined
  if (!status.isSymbolicLink()) return regular(path, status)
  const target = resolve(dirname(path), readlinkSync(path))
  const blobs = blobsOf(path)
  const targetStatus = lstatSync(target, { throwIfNoEntry: false })
  if (blobs === undefined || dirname(target) !== blobs) {
    throw new EdgewiseError(
      'model-invalid',
      `${path} is a link out of the model's folder, to ${target}; put the file itself there`,
    )
  }
  if (targetStatus === undefined) {
    throw new EdgewiseError('model-invalid', `${path} is a link to ${target}, which is missing: fetch the model again`)
  }
  return regular(target, targetStatus)
}

function regular(path: string, status: Stats): RealFile {
  if (status.isFile()) return { path, folder: dirname(path), name: basename(path), bytes: status.size }
  throw new EdgewiseError('model-invalid', `${path} is a link or no regular file; put the file itself there`)
}

/** `REPOSITORY/blobs` for a path below `REPOSITORY/snapshots/REVISION`. */
function blobsOf(path: string): string | undefined {
  const segments = resolve(path).split(sep)
  const place = segments.lastIndexOf('snapshots')
  if (place < 1 || segments.length < place + 3) return undefined
  return [...segments.slice(0, place), 'blobs'].join(sep)
}
