import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'
import { expect } from 'vitest'
import { signManifest, type TrustedKey } from '../../src/model-store/archive-signature.ts'
import { exportModel } from '../../src/model-store/export-model.ts'
import { importModel } from '../../src/model-store/import-model.ts'
import { type PulledManifest, writePulledManifest } from '../../src/model-store/pulled-manifest.ts'
import type { PulledModel } from '../../src/model-store/pulled-models.ts'
import { openSigningKey } from '../../src/model-store/signing-key.ts'
import { systemClock } from '../../src/spec/system-clock.ts'

const { signal } = new AbortController()
const contents: Readonly<Record<string, Buffer>> = {
  'config.json': Buffer.from('{"a":1}'),
  'onnx/model.onnx': Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 251)),
  'onnx/model.onnx_data': Buffer.alloc(0),
}

export type EntryOf = Partial<Header> & { readonly name: string; readonly content?: Uint8Array | string }

/** A small model in a store of its own, its archive, and empty stores that archives are taken into. */
export async function openArchives() {
  const root = await mkdtemp(join(tmpdir(), 'edgewise-archive-'))
  const key = await openSigningKey(join(root, 'state'))
  const model = await storeModel(join(root, 'state', 'models', 'acme--Tiny@000000000000'))
  await exportModel({ model, file: join(root, 'good.tar'), key, signal })
  let count = 0
  return {
    root,
    key,
    model,
    archive: await readFile(join(root, 'good.tar')),
    storeModel,
    /** Takes an archive into an empty store; what is left there is looked at whatever happens. */
    async take(bytes: Uint8Array, trusted: TrustedKey = { fingerprint: key.fingerprint }) {
      count += 1
      const stateFolder = join(root, `taken-${count}`)
      const modelsFolder = join(stateFolder, 'models')
      const file = join(root, `taken-${count}.tar`)
      await writeFile(file, bytes)
      try {
        return await importModel({ file, modelsFolder, trusted, clock: systemClock, signal })
      } catch (thrown) {
        const left = await readdir(stateFolder, { recursive: true }).catch(() => [])
        expect(left.filter((path) => !['models', join('models', '.partial')].includes(path))).toEqual([])
        throw thrown
      }
    },
    /** The entries of a good archive, with a manifest that may say something else, signed rightly. */
    entriesOf(changes: object = {}): EntryOf[] {
      const manifest = Buffer.from(JSON.stringify({ ...model.manifest, ...changes }))
      return [
        { name: 'edgewise-model.json', content: manifest },
        { name: 'edgewise-model.sig', content: signManifest(manifest, key) },
        ...Object.entries(contents).map(([path, content]) => ({ name: `files/${path}`, content })),
      ]
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  }
}

export type Archives = Awaited<ReturnType<typeof openArchives>>

async function storeModel(folder: string): Promise<PulledModel> {
  for (const [path, bytes] of Object.entries(contents)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
  const manifest: PulledManifest = {
    format: 1,
    org: 'acme',
    name: 'Tiny',
    revision: 'main',
    commit: '0'.repeat(40),
    variant: 'fp32',
    named: false,
    source: 'https://hub.example',
    pulledAt: '2026-01-01T00:00:00.000Z',
    files: Object.entries(contents).map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: sha256(bytes) })),
  }
  await writePulledManifest(folder, manifest)
  return { folder, manifest }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A tar with these entries. */
export async function tarOf(entries: readonly EntryOf[]): Promise<Buffer> {
  const tar = pack()
  for (const { content, ...header } of entries)
    tar.entry(header, content === undefined ? Buffer.alloc(0) : Buffer.from(content))
  tar.finalize()
  return buffer(tar as AsyncIterable<unknown> as NodeJS.ReadableStream)
}

/** The error of an archive that is not taken. */
export function refused(what: RegExp, code = 'model-invalid') {
  return expect.objectContaining({ code, message: expect.stringMatching(what) })
}
