import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serveEngine } from '../../../src/engines/host/serve-engine.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'

/** `done`, or the code of the error. */
function attempt(action: () => unknown): string {
  try {
    action()
    return 'done'
  } catch (thrown) {
    return String((thrown as NodeJS.ErrnoException).code)
  }
}

// An engine process that tells, as the reason why it does not load, what it was able to do.
serveEngine({
  channel: process,
  monotonic: () => performance.now(),
  async load({ manifest }) {
    const report = {
      environment: { ...process.env },
      readsModel: attempt(() => readFileSync(join(manifest.folder, 'config.json'))),
      readsBeside: attempt(() => readFileSync(join(manifest.folder, '..', 'secret'))),
      readsSystem: attempt(() => readFileSync('/etc/hostname')),
      writesModel: attempt(() => writeFileSync(join(manifest.folder, 'config.json'), '')),
      startsPrograms: attempt(() => execFileSync(process.execPath, ['--version'])),
      loadsOnnxruntime: await import('onnxruntime-node').then(
        () => 'done',
        (thrown) => String(thrown),
      ),
    }
    throw new EdgewiseError('internal', JSON.stringify(report))
  },
})
