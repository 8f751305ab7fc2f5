import { edgeConfigSchema } from '../../edge/config.ts'
import { startEdge } from '../../edge/presets/node.ts'
import { systemClock } from '../../spec/system-clock.ts'

/** An edge whose every answer comes from the upstream named in the first argument; state in the second. */
const [url = '', stateFolder = ''] = process.argv.slice(2)
const quiet = () => undefined
const edge = await startEdge({
  config: edgeConfigSchema.parse({
    port: 0,
    threads: 1,
    hub: { url },
    policy: { mode: 'prefer-cloud', privacy: { personalData: 'allow' } },
    limits: { concurrency: 256 },
  }),
  stateFolder,
  clock: systemClock,
  log: { debug: quiet, info: quiet, warn: quiet, error: console.error },
})
process.once('disconnect', () => process.exit(0))
process.send?.({ origin: edge.url, key: edge.apiKey })
