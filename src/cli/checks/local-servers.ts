import { type AskServer, createAskServer } from '../../edge/local-server/ask-server.ts'
import { describeModel, describeServer } from '../../edge/local-server/describe-server.ts'
import { dialects } from '../../edge/local-server/dialect.ts'
import type { LocalServerSettings } from '../../edge/local-server/settings.ts'
import { createEgress } from '../../privacy/egress/egress.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { systemClock } from '../../spec/system-clock.ts'
import type { Finding } from './check.ts'

/** Where model servers usually listen on this machine. */
const usualUrls: readonly string[] = dialects.flatMap(({ usualPort }) =>
  usualPort === undefined ? [] : [`http://127.0.0.1:${usualPort}/v1`],
)

/** Whether the server that stands in for the local model tells of it. */
export async function checkLocalServer(settings: LocalServerSettings, signal: AbortSignal): Promise<Finding> {
  const { url, model } = settings
  try {
    const { dialect, contextTokens, capabilities } = await asking(url, signal, (ask) => describeModel(ask, settings))
    const can = (settings.capabilities ?? capabilities).join(', ') || 'text'
    const holds = settings.contextTokens ?? contextTokens
    const length = holds === undefined ? 'a context that it does not tell' : `a context of ${holds} tokens`
    return {
      verdict: 'ok',
      subject: 'local model',
      what: `${model} of ${dialect.name} at ${url}, with ${length}: ${can}`,
    }
  } catch (error) {
    if (!(error instanceof EdgewiseError)) throw error
    const fix = 'See that the server runs and has the model. `edgewise doctor --find-servers` looks for servers here.'
    return { verdict: 'fail', subject: 'local model', what: error.message, fix }
  }
}

/** The model servers that answer at these addresses, by default the usual ones of this machine; each with what to write into the settings. */
export async function findLocalServers(signal: AbortSignal, urls = usualUrls): Promise<readonly Finding[]> {
  const found = await Promise.all(urls.map((url) => look(url, signal)))
  const findings = found.filter((finding) => finding !== undefined)
  if (findings.length > 0) return findings
  return [{ verdict: 'ok', subject: 'model servers', what: `none answers at ${urls.join(', ')}` }]
}

async function look(url: string, signal: AbortSignal): Promise<Finding | undefined> {
  try {
    const { dialect, models } = await asking(url, signal, (ask) => describeServer(ask, url))
    const [first = 'NAME'] = models
    const what = `${dialect.name} at ${url} offers ${models.slice(0, 10).join(', ') || 'no model yet'}${models.length > 10 ? ' and more' : ''}`
    const fix = `To use it: edge.model: { url: ${url}, model: '${first}' }`
    return { verdict: 'ok', subject: 'model server', what, fix }
  } catch (error) {
    // Nobody there, or something else than a model server.
    if (error instanceof EdgewiseError) return undefined
    throw error
  }
}

async function asking<T>(url: string, signal: AbortSignal, question: (ask: AskServer) => Promise<T>): Promise<T> {
  const destinations = [{ origin: new URL(url).origin }]
  await using egress = createEgress({ destinations, record: () => undefined, clock: systemClock })
  return await question(createAskServer({ url, open: egress.open, signal }))
}
