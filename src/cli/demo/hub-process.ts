import { startHub } from '../../hub/server.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { createLog } from '../log.ts'
import { type HubReady, hubSettingsSchema } from './child-messages.ts'
import { cloudUpstream } from './cloud-upstream.ts'
import { serveChild } from './serve-child.ts'

// The hub of the demo, in a process of its own.
serveChild({
  settings: hubSettingsSchema,
  async start({ config, stateFolder, cloud }, tell) {
    const upstreams = cloud === undefined ? [] : [await cloudUpstream({ ...cloud, environment: process.env })]
    const hub = await startHub({
      config: { ...config, upstreams },
      stateFolder,
      clock: systemClock,
      log: createLog({
        level: 'warn',
        isPretty: true,
        write: (text) => tell({ type: 'warning', text: `hub: ${text}` }),
      }),
    })
    const ready: HubReady = { port: hub.port, models: [...hub.models], joinToken: await hub.mintJoinToken() }
    return { ready, close: () => hub.close({ graceMs: 500 }) }
  },
})
