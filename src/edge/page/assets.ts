import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface PageAsset {
  readonly body: string
  readonly type: string
}

const files = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
] as const

/** The page of the edge, by the path it is served under. Read once, at start. */
export async function loadPage(): Promise<ReadonlyMap<string, PageAsset>> {
  const entries = files.map(async ([path, file, type]) => {
    return [path, { body: await readFile(join(import.meta.dirname, file), 'utf8'), type }] as const
  })
  return new Map(await Promise.all(entries))
}
