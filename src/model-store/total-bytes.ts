import type { PulledManifest } from './pulled-manifest.ts'

/** Bytes of all files of a model. */
export function totalBytes({ files }: Pick<PulledManifest, 'files'>): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}
