import { startEdge } from '../../edge/presets/node.ts'
import { createSentBodies } from '../../edge/sent-bodies.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { join } from '../join.ts'
import { createLog } from '../log.ts'
import { makeStateFolder } from '../state-folder.ts'
import { type EdgeReady, edgeSettingsSchema } from './child-messages.ts'
import { serveChild } from './serve-child.ts'

const joinWithinMs = 10_000

// The edge of the demo, in a process of its own. It joins the hub as any edge does: with a token, a key made here and a pinned certificate.
serveChild({
  settings: edgeSettingsSchema,
  async start({ config, stateFolder, joinToken }, tell) {
    await makeStateFolder(stateFolder)
    const signal = AbortSignal.timeout(joinWithinMs)
    const { url, fingerprint } = await join({ token: joinToken, name: 'demo', stateFolder, signal })
    const edge = await startEdge({
      config: { ...config, hub: { url, fingerprint } },
      stateFolder,
      clock: systemClock,
      log: createLog({
        level: 'warn',
        isPretty: true,
        write: (text) => tell({ type: 'warning', text: `edge: ${text}` }),
      }),
      sentBodies: createSentBodies(),
      onDecision: (decision) => tell({ type: 'decision', decision }),
    })
    const { port, apiKey, apiKeySource } = edge
    const ready: EdgeReady = { port, url: edge.url, apiKey, apiKeySource }
    return { ready, close: () => edge.close() }
  },
})
