import type { Random } from '../../../src/spec/ports.ts'
import type { MockFault } from '../../../src/testing/mock-upstream.ts'
import { type Canary, CanaryMaker } from './canary.ts'
import { canaryRequest } from './canary-request.ts'
import { encodedForms } from './forms.ts'
import { lookAround, lookAtRest, Sinks } from './sinks.ts'
import { openStage, type Stage } from './stage.ts'

export interface RunCanariesOptions {
  /** A folder of its own. */
  readonly folder: string
  readonly canaries: number
  /** What the guard is told. */
  readonly privacy: object
  readonly random: Random
  readonly onProgress: (made: number) => void
  readonly signal: AbortSignal
}

export interface CanariesFlown {
  readonly made: number
  readonly requests: number
  readonly sinks: Sinks
  /** Answers by the place that gave them, or the code of the error. */
  readonly outcomes: ReadonlyMap<string, number>
  /** Canaries of encoded texts by form: sent, and found on the wire. */
  readonly forms: ReadonlyMap<string, { readonly sent: number; readonly onWire: number }>
}

/** A request of so many canaries is a long prompt, but still one. */
const perRequest = 900
const lookEvery = 40

/** Sends requests full of canaries through an edge, in every field and form, with failures on the way, and looks for them in all that leaves or stays behind. */
export async function runCanaries(options: RunCanariesOptions): Promise<CanariesFlown> {
  const { folder, privacy } = options
  const cascade = { threshold: 0.99, decideAfterTokens: 1 }
  await using stage = await openStage({ folder, policy: { mode: 'prefer-cloud', privacy, cascade } })
  const flight = new Flight(stage, options)
  await flight.run()
  return flight.result
}

class Flight {
  readonly #stage: Stage
  readonly #options: RunCanariesOptions
  readonly #maker: CanaryMaker
  readonly #sinks: Sinks
  readonly #outcomes = new Map<string, number>()
  readonly #formOf = new Map<Canary, string>()
  #ids: string[] = []
  #requests = 0

  constructor(stage: Stage, options: RunCanariesOptions) {
    this.#stage = stage
    this.#options = options
    this.#maker = new CanaryMaker(options.random)
    this.#sinks = new Sinks(this.#maker.made)
  }

  get result(): CanariesFlown {
    const forms = new Map<string, { sent: number; onWire: number }>()
    const onWire = this.#sinks.found('wire')
    for (const [canary, form] of this.#formOf) {
      const counted = forms.get(form) ?? { sent: 0, onWire: 0 }
      forms.set(form, { sent: counted.sent + 1, onWire: counted.onWire + (onWire.has(canary) ? 1 : 0) })
    }
    const made = this.#maker.made.size
    return { made, requests: this.#requests, sinks: this.#sinks, outcomes: this.#outcomes, forms }
  }

  async run(): Promise<void> {
    const { canaries, signal, onProgress } = this.#options
    for (let round = 0; this.#maker.made.size < canaries; round += 1) {
      signal.throwIfAborted()
      await this.#plain(round)
      await this.#encoded(round)
      await this.#knownAndEncoded(round)
      if (round % 3 === 0) await this.#bad(round)
      if (round % 4 === 0) await this.#other(round)
      if (round % lookEvery === lookEvery - 1) {
        await this.#look()
        onProgress(this.#maker.made.size)
      }
    }
    await this.#look()
    await lookAtRest(this.#stage, this.#sinks)
  }

  async #look(): Promise<void> {
    await lookAround(this.#stage, this.#sinks, this.#ids.slice(-20))
    this.#ids = []
  }

  /** As anybody would write them; now and then the cloud fails, quoting what it was asked, and the client tries again. */
  async #plain(round: number): Promise<void> {
    const isKept = round % 8 === 7
    const canaries = this.#make(perRequest, () => (isKept ? this.#maker.any() : this.#maker.replaced()))
    const body = canaryRequest(
      canaries.map(({ sentence }) => sentence),
      canaries.slice(0, 5).map(({ value }) => value),
      round % 2 === 0 ? { stream: true } : {},
    )
    const mode = ['prefer-cloud', 'prefer-edge', 'only-cloud', 'prefer-cloud'][round % 4] ?? 'prefer-cloud'
    const fault = round % 3 === 1 ? faults(JSON.stringify(body))[Math.floor(round / 3) % 6] : undefined
    const headers = { 'x-edgewise-mode': mode, 'x-edgewise-conversation': conversationOf(canaries[5]) }
    const retrying = { ...headers, 'idempotency-key': `key-${round}` }
    if (fault !== undefined) this.#stage.cloud.fail(fault)
    await this.#ask(body, canaries, fault === undefined ? headers : retrying)
    if (fault !== undefined) await this.#ask(body, canaries, { ...retrying, 'x-stainless-retry-count': '1' })
  }

  /** Where no pseudonym can take their place. */
  async #encoded(round: number): Promise<void> {
    const [form, write] = encodedForms[round % encodedForms.length] ?? ['', String]
    const isAlone = round % 2 === 1
    const canaries = this.#make(isAlone ? 1 : 60, () => this.#maker.any())
    for (const canary of canaries) this.#formOf.set(canary, form)
    const texts = canaries.map(({ sentence }) => `see ${write(sentence)} please`)
    await this.#ask(spread(texts, round), canaries, {
      'x-edgewise-mode': round % 5 === 0 ? 'only-cloud' : 'prefer-cloud',
    })
  }

  /** Said plainly in one place, so that it is known, and bare and encoded in another. */
  async #knownAndEncoded(round: number): Promise<void> {
    const [form, write] = encodedForms[(round * 5 + 3) % encodedForms.length] ?? ['', String]
    const canaries = this.#make(round % 2 === 0 ? 1 : 20, () => this.#maker.replaced())
    for (const canary of canaries) this.#formOf.set(canary, `${form}, known`)
    const plain = canaries.map(({ sentence }) => sentence).join('\n')
    const texts = canaries.map(({ value }) => `see ${write(value)} please`)
    const body = spread(texts, round)
    const messages = [{ role: 'user', content: plain }, ...((body.messages as readonly object[]) ?? [])]
    await this.#ask({ ...body, messages }, canaries, {})
  }

  /** Requests that are refused: broken, of the wrong kind, for nobody. */
  async #bad(round: number): Promise<void> {
    const canaries = this.#make(40, () => this.#maker.any())
    const text = canaries.map(({ sentence }) => sentence).join('\n')
    const word = conversationOf(canaries[0])
    const whole = JSON.stringify(canaryRequest([text], [word]))
    const bodies: readonly (readonly [unknown, Record<string, string>?, string?])[] = [
      [whole.slice(0, -20)],
      [`${text}${whole}`],
      [{ model: 'auto', messages: text }],
      [{ model: 'auto', messages: [{ role: text.slice(0, 60), content: text }] }],
      [{ model: 'auto', messages: [{ role: 'user', content: { of: text } }] }],
      [{ model: 'auto', messages: [{ role: 'user', content: text }], temperature: text }],
      [
        {
          model: 'auto',
          messages: [{ role: 'user', content: text }],
          tools: [{ type: 'function', function: { name: text } }],
        },
      ],
      [{ model: 'auto', messages: [{ role: 'user', content: text }], [text.slice(0, 60)]: 1, n: 5 }],
      [
        {
          model: 'auto',
          messages: [
            {
              role: 'user',
              content: [{ type: 'image_url', image_url: { url: `http://10.0.0.1/${encodeURIComponent(text)}` } }],
            },
          ],
        },
      ],
      [{ model: 'auto', messages: [{ role: 'user', content: text }] }, { 'x-edgewise-mode': word }],
      [
        {
          model: 'auto',
          messages: [{ role: 'user', content: text }],
          response_format: { type: 'json_schema', json_schema: { name: text, schema: { $ref: `http://x/${text}` } } },
        },
      ],
      [{ model: 'auto', input: [{ type: text, role: 'user', content: text }] }, {}, '/v1/responses'],
      [
        {
          model: 'auto',
          messages: [{ role: 'user', content: text }],
          tool_choice: { type: 'function', function: { name: word } },
        },
      ],
    ]
    const [body, headers, path] = bodies[Math.floor(round / 3) % bodies.length] ?? [{}]
    await this.#ask(body, canaries, headers ?? {}, path)
  }

  /** The other endpoints, and the plan, which executes nothing. */
  async #other(round: number): Promise<void> {
    const canaries = this.#make(40, () => this.#maker.replaced())
    const text = canaries.map(({ sentence }) => sentence).join('\n')
    const bodies: readonly (readonly [string, unknown])[] = [
      ['/v1/responses', { model: 'auto', input: text, instructions: text, store: false, stream: round % 8 === 0 }],
      ['/v1/completions', { model: 'auto', prompt: text, max_tokens: 8 }],
      ['/edgewise/v1/plan', { model: 'auto', messages: [{ role: 'user', content: text }] }],
      [
        '/v1/chat/completions',
        { model: 'auto', messages: [{ role: 'user', content: [{ type: 'text', text }, image(text)] }] },
      ],
    ]
    const [path, body] = bodies[Math.floor(round / 4) % bodies.length] ?? ['/v1/completions', {}]
    await this.#ask(body, canaries, {}, path)
  }

  #make(count: number, make: () => Canary): readonly Canary[] {
    return Array.from({ length: count }, make)
  }

  /** Sends one request and looks through what comes back: an answer may hold the canaries of its own request, an error none. */
  async #ask(
    body: unknown,
    canaries: readonly Canary[],
    headers: Record<string, string>,
    path?: string,
  ): Promise<void> {
    this.#requests += 1
    const answer = await this.#stage.post(body, headers, path)
    const text = await answer.text().catch(() => '')
    const own = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
    const outcome = answer.ok
      ? (answer.headers.get('x-edgewise-placement') ?? 'other')
      : `${answer.status} ${codeIn(text)}`
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1)
    const id = answer.headers.get('x-edgewise-request-id')
    if (id !== null) this.#ids.push(id)
    if (answer.ok) this.#sinks.look('answers to others', text, new Set(canaries))
    else this.#sinks.look('error bodies', text)
    this.#sinks.look('headers of answers', own)
  }
}

/** One request with all texts in one field, another field each round. */
function spread(texts: readonly string[], round: number): Record<string, unknown> {
  const body = canaryRequest([], [])
  const messages = body.messages as readonly object[]
  const text = texts.join('\n')
  const withMessage = (at: number, message: object) => ({
    messages: messages.map((other, index) => (index === at ? { ...other, ...message } : other)),
  })
  const tool = (description: object) => ({ tools: [{ type: 'function', function: { name: 'f', ...description } }] })
  const fields: readonly object[] = [
    ...messages.map((_, at) => withMessage(at, { content: text })),
    withMessage(3, { content: '', tool_calls: callOf(text) }),
    withMessage(4, { content: JSON.stringify({ deep: [{ file: text }] }) }),
    tool({ description: text }),
    tool({ parameters: { properties: { a: { enum: [text] } } } }),
    { stop: [text.slice(0, 2000)] },
  ]
  return { ...body, ...fields[round % fields.length] }
}

function callOf(text: string): unknown {
  return [{ id: 'call_1', type: 'function', function: { name: 'look_up', arguments: JSON.stringify({ of: text }) } }]
}

function image(text: string): object {
  return {
    type: 'image_url',
    image_url: { url: `https://images.example.org/?of=${encodeURIComponent(text.slice(0, 500))}` },
  }
}

/** A header holds printable letters only. */
function conversationOf(canary: Canary | undefined): string {
  return (canary?.value ?? 'none').replace(/[^\x21-\x7e]/g, '-')
}

/** Ways in which a cloud fails that repeats what it was asked. */
function faults(quoted: string): readonly MockFault[] {
  const error = {
    message: `cannot read: ${quoted.slice(0, 20_000)}`,
    type: 'invalid_request_error',
    code: quoted.slice(0, 200),
  }
  return [
    { kind: 'status', status: 400, body: { error } },
    { kind: 'status', status: 500, body: quoted.slice(0, 20_000) },
    { kind: 'status', status: 503, body: { error } },
    { kind: 'error-event', afterChunks: 1, error },
    { kind: 'cut', afterChunks: 1 },
    { kind: 'raw', writes: [`data: {"choices": "${quoted.slice(0, 5000).replaceAll('"', "'")}"\n\n`] },
  ]
}

function codeIn(text: string): string {
  try {
    return String((JSON.parse(text) as { error?: { code?: unknown } }).error?.code)
  } catch {
    return 'no JSON'
  }
}
