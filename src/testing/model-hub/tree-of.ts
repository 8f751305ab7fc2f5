import type { HubFile } from './hub-repository.ts'

/** The listing of a repository as the API gives it: its folders, then its files. */
export function treeOf(files: ReadonlyMap<string, HubFile>): object[] {
  const folders = new Set(
    [...files.keys()].filter((path) => path.includes('/')).map((path) => path.replace(/\/[^/]*$/, '')),
  )
  return [
    ...[...folders].map((path) => ({ type: 'directory', oid: '0'.repeat(40), size: 0, path })),
    ...[...files].map(([path, { bytes, oid, lfs }]) => ({
      type: 'file',
      oid,
      size: bytes.length,
      path,
      ...(lfs === undefined ? {} : { lfs: { oid: lfs, size: bytes.length, pointerSize: 130 } }),
    })),
  ]
}
