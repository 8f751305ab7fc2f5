import { z } from 'zod'
import { parseSse } from '../../openai/sse.ts'
import { createEgress } from '../../privacy/egress/egress.ts'
import type { Decision } from '../../spec/decision.ts'
import { EdgewiseError, isErrorCode } from '../../spec/errors.ts'
import { OutboundBody } from '../../spec/outbound.ts'
import type { InferenceMode } from '../../spec/policy.ts'
import type { Inbound, Outbound } from '../../spec/ports.ts'
import { systemClock } from '../../spec/system-clock.ts'
import type { DemoFile } from './demo-file.ts'
import { type LinkState, linkStateSchema } from './link-state.ts'
import { readJsonAnswer } from './read-json-answer.ts'
import type { PlacedPiece } from './text-by-place.ts'

export interface AskOptions {
  /** One of our own examples, nobody's data. */
  readonly prompt: string
  readonly mode: InferenceMode
  readonly onText: (piece: PlacedPiece) => void
  readonly signal: AbortSignal
}

/** Talks to a running demo, its edge and its control server, as any client would. All calls throw typed errors. */
export interface DemoClient extends AsyncDisposable {
  link(): Promise<LinkState>
  switchLink(profile: string): Promise<LinkState>
  /** True when the edge would send a request to the cloud now: a dry run, nothing is sent. */
  canAskCloud(): Promise<boolean>
  /** Streams one answer; resolves with the record of it. */
  ask(options: AskOptions): Promise<Decision>
}

const chunkSchema = z.looseObject({
  error: z.looseObject({ message: z.string(), code: z.string() }).optional(),
  choices: z
    .array(
      z.looseObject({ delta: z.looseObject({ content: z.string().nullish() }), finish_reason: z.string().nullish() }),
    )
    .optional(),
  edgewise: z.unknown().optional(),
})
const errorSchema = z.looseObject({ error: z.looseObject({ message: z.string(), code: z.string() }) })

/** How the edge refuses what only the cloud may answer while it does not know its hub, or has lost it. */
const cloudIsAway: ReadonlySet<string> = new Set(['engine-unavailable', 'link-down'])

const timeoutMs = 5000
const answerMs = 60_000

export function createDemoClient({ controlPort, edgeUrl, apiKey }: Omit<DemoFile, 'pid'>): DemoClient {
  const control = `http://127.0.0.1:${controlPort}`
  const destinations = [{ origin: control }, { origin: new URL(edgeUrl).origin }]
  const egress = createEgress({ destinations, record: () => {}, clock: systemClock })

  const send = async (url: string, outbound: Partial<Outbound> = {}): Promise<Inbound> => {
    const answer = await egress.open({
      url: new URL(url),
      method: outbound.body === undefined ? 'GET' : 'POST',
      purpose: 'probe',
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      signal: AbortSignal.timeout(answerMs),
      ...outbound,
      headers: { authorization: `Bearer ${apiKey}`, ...outbound.headers },
    })
    if (answer.status !== 200) throw await refusalOf(answer, url)
    return answer
  }
  const readJson = async (url: string, body?: unknown): Promise<unknown> =>
    readJsonAnswer(await send(url, body === undefined ? {} : { body: OutboundBody.control(body) }))

  return {
    link: async () => linkStateSchema.parse(await readJson(`${control}/link`)),
    switchLink: async (profile) => linkStateSchema.parse(await readJson(`${control}/link`, { profile })),
    async canAskCloud() {
      const body = OutboundBody.control({ model: 'auto', messages: [{ role: 'user', content: 'Hello' }] })
      try {
        await readJsonAnswer(
          await send(`${edgeUrl}/edgewise/v1/plan`, { body, headers: { 'x-edgewise-mode': 'only-cloud' } }),
        )
        return true
      } catch (error) {
        if (error instanceof EdgewiseError && cloudIsAway.has(error.code)) return false
        throw error
      }
    },
    async ask({ prompt, mode, onText, signal }) {
      const answer = await send(`${edgeUrl}/v1/chat/completions`, {
        body: OutboundBody.control({
          model: 'auto',
          temperature: 0,
          stream: true,
          messages: [{ role: 'user', content: prompt }],
        }),
        headers: { 'x-edgewise-mode': mode },
        purpose: 'inference',
        headersTimeoutMs: answerMs,
        bodyTimeoutMs: answerMs,
        signal,
      })
      for await (const piece of piecesOf(answer)) onText(piece)
      const id = answer.headers['x-edgewise-request-id'] ?? ''
      return (await readJson(`${edgeUrl}/edgewise/v1/requests/${id}`)) as Decision
    },
    [Symbol.asyncDispose]: () => egress[Symbol.asyncDispose](),
  }
}

async function* piecesOf({ body }: Inbound): AsyncGenerator<PlacedPiece> {
  let stretch = 0
  for await (const { data } of parseSse(body, { maxEventBytes: 65_536 })) {
    if (data === '[DONE]') return
    const { error, choices, edgewise } = chunkSchema.parse(JSON.parse(data))
    if (error !== undefined) throw typed(error)
    const [choice] = choices ?? []
    // Before the end this field says that another place goes on; in the last chunk it names the final one.
    if (edgewise !== undefined && choice?.finish_reason == null) stretch++
    const text = choice?.delta.content ?? ''
    if (text !== '') yield { stretch, text }
  }
  throw new EdgewiseError('stream-cut', 'The answer broke off without an end.')
}

async function refusalOf(answer: Inbound, url: string): Promise<EdgewiseError> {
  const body = errorSchema.safeParse(await readJsonAnswer(answer))
  if (body.success) return typed(body.data.error)
  return new EdgewiseError('upstream-failed', `${url} answered with status ${answer.status}.`)
}

function typed({ code, message }: { readonly code: string; readonly message: string }): EdgewiseError {
  return new EdgewiseError(isErrorCode(code) ? code : 'upstream-failed', message)
}
