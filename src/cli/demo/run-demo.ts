import { basename } from 'node:path'
import { bundledEdgeModel } from '../../edge/presets/local-model.ts'
import { bundledCloudModel } from '../../hub/server.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import { listenForStop } from '../stop-signal.ts'
import type { DemoOptions } from './demo-options.ts'
import { watchParent } from './orphan-watch.ts'
import type { Paint } from './paint.ts'
import { type RunningDemo, startDemo } from './start-demo.ts'
import { tellRequest } from './tell-request.ts'
import { tellStart } from './tell-start.ts'

export interface RunDemoOptions extends DemoOptions {
  readonly paint: Paint
  readonly write: (text: string) => void
}

/** `edgewise demo`: runs until a signal comes, telling each request as it happens. Throws when a part cannot start or is lost. */
export async function runDemo({ paint, write, ...options }: RunDemoOptions): Promise<void> {
  using stop = listenForStop({ signals: process, output: process.stdout, exit: (code) => process.exit(code) })
  using _watch = watchParent(process)
  const say = (text: string) => write(`${text}\n`)
  try {
    await using demo = await startDemo({
      ...options,
      onStep: (text) => say(paint.soft(`… ${text}`)),
      onDecision: (decision) => say(tellRequest({ decision, paint })),
      onWarning: (text) => say(paint.soft(text.trimEnd())),
      onSwitch: (from, to) => say(paint.soft(`${new Date().toTimeString().slice(0, 8)}  link ${from} → ${to}`)),
      signal: stop.signal,
    })
    say(`\n${await startText(demo, { ...options, paint })}\n`)
    await Promise.race([stop.stopped, demo.failed])
    say(paint.soft('\nstopping …'))
  } catch (error) {
    // The start was interrupted, as asked.
    if (!stop.signal.aborted) throw error
  }
}

async function startText(demo: RunningDemo, options: DemoOptions & { readonly paint: Paint }): Promise<string> {
  const { edge, hub, link, cascade, control } = demo
  const { mode, edgeModel = bundledEdgeModel, cloud, paint } = options
  const cloudModel = hub.ready.models[0] ?? 'no model'
  const cloudAbout = cloud === undefined ? await aboutModel(bundledCloudModel) : `at ${new URL(cloud.url).host}`
  return tellStart({
    edge: { pid: edge.pid, port: edge.ready.port, model: basename(edgeModel), about: await aboutModel(edgeModel) },
    hub: { pid: hub.pid, port: hub.ready.port, model: cloudModel, about: cloudAbout },
    link: { profile: link.state().profile, port: link.port },
    edgeUrl: edge.ready.url,
    controlPort: control.port,
    apiKey: edge.ready.apiKey,
    apiKeySource: edge.ready.apiKeySource,
    edgeState: demo.edgeState,
    mode,
    passedOnWhere: cascade.meaning,
    paint,
  })
}

/** Quantisation and size of the graph that is used. */
async function aboutModel(folder: string): Promise<string> {
  const { variants } = await readModelFolder({ folder })
  const [chosen] = variants
  return chosen === undefined ? '' : `${chosen.name}, ${(chosen.bytes / 1e6).toFixed(1)} MB`
}
