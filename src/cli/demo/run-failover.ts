import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listenForStop } from '../stop-signal.ts'
import type { DemoClient } from './demo-client.ts'
import { demoFilePath } from './demo-file.ts'
import type { DemoOptions } from './demo-options.ts'
import { showFailover } from './failover.ts'
import { findDemo } from './find-demo.ts'
import type { Paint } from './paint.ts'
import { startDemo } from './start-demo.ts'

export interface RunFailoverOptions extends DemoOptions {
  readonly paint: Paint
  readonly write: (text: string) => void
}

/** `edgewise demo failover`: with the demo that runs, or with a quiet one of its own on free ports. */
export async function runFailover({ paint, write, ...options }: RunFailoverOptions): Promise<void> {
  using stop = listenForStop({ signals: process, output: process.stdout, exit: (code) => process.exit(code) })
  await using opened = new AsyncDisposableStack()
  try {
    const found = await findDemo(options.demoFile)
    if (found === undefined) write(paint.soft('No demo runs; starting a quiet one …\n'))
    const client = found === undefined ? await quietDemo(options, { opened, signal: stop.signal }) : opened.use(found)
    await showFailover({ client, paint, write, signal: stop.signal })
  } catch (error) {
    if (!stop.signal.aborted) throw error
  }
}

async function quietDemo(
  options: DemoOptions,
  { opened, signal }: { readonly opened: AsyncDisposableStack; readonly signal: AbortSignal },
): Promise<DemoClient> {
  const folder = await mkdtemp(join(tmpdir(), 'edgewise-failover-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const { keptState: _, ...rest } = options
  const demo = await startDemo({
    ...rest,
    hubPort: 0,
    edgePort: 0,
    demoFile: demoFilePath(folder),
    onStep: () => {},
    onDecision: () => {},
    onWarning: () => {},
    onSwitch: () => {},
    signal,
  })
  return opened.use(demo).client
}
