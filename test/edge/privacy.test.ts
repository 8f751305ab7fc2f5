import { describe, expect, it } from 'vitest'
import type { Generator } from '../../src/engines/engine.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { SanitisedRequest } from '../../src/spec/outbound.ts'
import {
  createScriptedGenerator,
  type ScriptedGenerator,
  type ScriptStep,
  scriptedAnswer,
} from '../../src/testing/scripted-generator.ts'
import { dictionaryDetector } from '../privacy/dictionary-detector.ts'
import { type ScriptedEdgeOptions, startScriptedEdge } from './scripted-edge.ts'

const words = { 'Ada "A" Lovelace': 'PERSON', 'ada@example.org': 'EMAIL_ADDRESS', 'hunter2-secret': 'SECRET' } as const
const detector = dictionaryDetector(words)
const personal = { privacy: { personalData: 'protect' } }

function start(options: Partial<ScriptedEdgeOptions> & { policy?: object }) {
  return startScriptedEdge({
    localScript: [scriptedAnswer(['local ', 'words'])],
    cloudScript: [scriptedAnswer(['cloud words'])],
    detector,
    ...options,
    policy: { mode: 'prefer-cloud', ...personal, ...options.policy },
  })
}

const asking = (content: string, more: object = {}) => ({
  model: 'auto',
  messages: [{ role: 'user', content }],
  ...more,
})
interface Body {
  readonly choices: readonly {
    readonly message: {
      readonly content: string
      readonly tool_calls: readonly { readonly function: { readonly arguments: string } }[]
    }
  }[]
  readonly error: { readonly code: string; readonly message: string }
}

const bodyOf = async (response: Response) => (await response.json()) as Body
const contentOf = async (response: Response) => (await bodyOf(response)).choices[0]?.message.content ?? ''

/** The text of a stream's pieces. */
async function streamed(response: Response): Promise<string[]> {
  const blocks = (await response.text()).split('\n\n').filter((block) => block.startsWith('data: {'))
  return blocks.map((block) => JSON.parse(block.slice(6)).choices?.[0]?.delta?.content ?? '')
}

describe('a protected request', () => {
  it('leaves with pseudonyms and comes back restored, in one piece and in pieces', async () => {
    const pieces = ['Dear [PER', 'SON_1', '] <', '[EMAIL_1]> [PERSON_2] [']
    await using edge = await start({ cloudScript: [scriptedAnswer(pieces)] })
    const body = asking('I am Ada "A" Lovelace, ada@example.org')
    const answer = await edge.post(body)
    expect(answer.headers.get('x-edgewise-placement')).toBe('cloud')
    const restored = 'Dear Ada "A" Lovelace <ada@example.org> [PERSON_2] ['
    expect(await contentOf(answer)).toBe(restored)
    expect(edge.cloud?.calls[0]?.request.messages).toEqual([{ role: 'user', content: 'I am [PERSON_1], [EMAIL_1]' }])
    expect((await streamed(await edge.post({ ...body, stream: true }))).join('')).toBe(restored)
    expect(edge.decisions[0]).toMatchObject({
      plan: { discloses: 'pseudonymised' },
      privacy: { findings: { PERSON: 1, EMAIL_ADDRESS: 1 }, actions: { pseudonymise: 2 } },
    })
    expect(JSON.stringify(edge.decisions)).not.toMatch(/Lovelace|example\.org/)
  })

  it('gets its values back in JSON as JSON writes them, in answers and in tool arguments', async () => {
    const call: ScriptStep[] = [
      { type: 'tool-call-delta', index: 0, id: 'a', name: 'mail', arguments: '{"to":"[PERS' },
      { type: 'tool-call-delta', index: 0, arguments: 'ON_1]"}' },
      { type: 'finish', reason: 'tool-calls', usage: { promptTokens: 1, completionTokens: 1 } },
    ]
    const cloudModel = createScriptedGenerator({
      model: 'large',
      script: [scriptedAnswer(['{"name":"[PERSON', '_1]"}']), call],
      capabilities: ['tools'],
    }) as ScriptedGenerator & Generator<SanitisedRequest>
    await using edge = await start({ cloudModel })
    expect(JSON.parse(await contentOf(await edge.post(asking('Ada "A" Lovelace'))))).toEqual({
      name: 'Ada "A" Lovelace',
    })
    const tools = [{ type: 'function', function: { name: 'mail', description: 'mails Ada "A" Lovelace' } }]
    const { choices } = await bodyOf(await edge.post(asking('Mail Ada "A" Lovelace', { tools })))
    expect(JSON.parse(choices[0]?.message.tool_calls[0]?.function.arguments ?? '')).toEqual({ to: 'Ada "A" Lovelace' })
    expect(cloudModel.calls[1]?.request.tools).toEqual([{ name: 'mail', description: 'mails [PERSON_1]' }])
  })

  it('is answered locally from the raw view, and what the local model writes is not touched', async () => {
    await using edge = await start({
      policy: { mode: 'prefer-edge' },
      localScript: [scriptedAnswer(['[PERSON_1] is what I say'])],
    })
    const answer = await edge.post(asking('Ada "A" Lovelace'))
    expect(await contentOf(answer)).toBe('[PERSON_1] is what I say')
    expect(edge.local.calls[0]?.request.messages[0]?.content).toBe('Ada "A" Lovelace')
  })

  it('goes on locally with restored words when the cloud is lost', async () => {
    const cut = [{ type: 'text-delta', text: 'Dear [PERSON_1], ' } as const, new EdgewiseError('stream-cut', 'cut')]
    await using edge = await start({ cloudScript: [cut] })
    const pieces = await streamed(await edge.post(asking('Ada "A" Lovelace', { stream: true })))
    expect(pieces.join('')).toBe('Dear Ada "A" Lovelace, local words')
    expect(edge.local.calls[0]?.request).toMatchObject({
      answerSoFar: 'Dear Ada "A" Lovelace, ',
      messages: [{ content: 'Ada "A" Lovelace' }],
    })
  })

  it('has the same pseudonyms in the next turn of its conversation', async () => {
    await using edge = await start({})
    const headers = { 'x-edgewise-conversation': 'ward-7' }
    await edge.post(asking('ada@example.org'), headers)
    await edge.post(asking('and Ada "A" Lovelace and ada@example.org'), headers)
    const [, second] = edge.cloud?.calls ?? []
    expect(second?.request.messages[0]?.content).toBe('and [PERSON_1] and [EMAIL_1]')
    expect(second?.request.conversation).toMatch(/^[0-9a-f]{32}$/)
  })

  it('is planned without leaving a trace in its conversation', async () => {
    await using edge = await start({})
    const headers = { 'x-edgewise-conversation': 'ward-7' }
    const plan = await edge.post(asking('hunter2-secret'), headers, '/edgewise/v1/plan')
    expect(await plan.json()).toMatchObject({ placement: 'local', reason: 'privacy' })
    expect((await edge.post(asking('hello'), headers)).headers.get('x-edgewise-placement')).toBe('cloud')
  })
})

describe('a request that must not leave', () => {
  const secret = asking('my password is hunter2-secret')

  it('is answered at the edge, and so is everything after it in its conversation', async () => {
    await using edge = await start({})
    const headers = { 'x-edgewise-conversation': 'ward-7' }
    const answer = await edge.post(secret, headers)
    expect(answer.headers.get('x-edgewise-placement')).toBe('local')
    expect(answer.headers.get('x-edgewise-reason')).toBe('privacy')
    expect((await edge.post(asking('thanks'), headers)).headers.get('x-edgewise-reason')).toBe('privacy')
    expect((await edge.post(asking('thanks'))).headers.get('x-edgewise-placement')).toBe('cloud')
    expect(edge.cloud?.calls).toHaveLength(1)
    expect(edge.decisions[1]?.privacy?.keptBecause).toContain('its conversation stays at the edge')
  })

  it('is answered here, and says why, also where only the cloud was wished for', async () => {
    await using edge = await start({ policy: { mode: 'only-cloud' } })
    const answer = await edge.post(secret)
    expect(answer.headers.get('x-edgewise-placement')).toBe('local')
    expect(answer.headers.get('x-edgewise-reason')).toBe('privacy')
    const because = edge.decisions[0]?.privacy?.keptBecause
    expect(because).toContain('it holds SECRET, which policy.privacy.classes keeps at the edge')
    expect(JSON.stringify(edge.decisions)).not.toContain('hunter2')
    expect(edge.cloud?.calls).toHaveLength(0)
  })

  it('is not escalated by an unsure draft, a crash of the local model or an overload', async () => {
    const unsure = {
      type: 'text-delta',
      text: 'hm',
      logprobs: [{ token: 'hm', logprob: -9, bytes: [], top: [] }],
    } as const
    const end: ScriptStep = { type: 'finish', reason: 'stop', usage: { promptTokens: 1, completionTokens: 1 } }
    const faults: ScriptStep[][] = [
      [unsure, end],
      [new EdgewiseError('engine-crashed', 'gone')],
      [new EdgewiseError('overloaded', 'busy')],
      [unsure, new EdgewiseError('engine-crashed', 'gone')],
    ]
    for (const mode of ['prefer-edge', 'prefer-cloud']) {
      await using edge = await start({
        policy: { mode, cascade: { threshold: 0.9, decideAfterTokens: 1 } },
        localScript: faults,
      })
      for (const [index] of faults.entries()) {
        for (const stream of [false, true])
          await (await edge.post({ ...secret, stream }, { 'x-attempt': `${index}` })).text()
      }
      expect(edge.cloud?.calls).toHaveLength(0)
      expect(edge.local.calls.length).toBeGreaterThan(0)
    }
  })

  it('stays when the detector is missing, fails or is late', async () => {
    const broken = {
      detect: () => {
        throw new Error('broken')
      },
    }
    const slow = { detect: () => new Promise<never>(() => {}) }
    const late = { privacy: { personalData: 'protect', detectorDeadlineMs: 20 } }
    const started = [{ detector: undefined }, { detector: broken }, { detector: slow, policy: late }]
    for (const options of started) {
      await using edge = await start(options as never)
      const answer = await edge.post(asking('hello'))
      expect(answer.headers.get('x-edgewise-reason')).toBe('privacy')
      expect(edge.cloud?.calls).toHaveLength(0)
    }
  })
})

describe('an observed request', () => {
  it('leaves as it is, and its decision counts what was found', async () => {
    await using edge = await start({ policy: { privacy: { personalData: 'protect', mode: 'observe' } } })
    await edge.post(asking('Ada "A" Lovelace, hunter2-secret'))
    expect(edge.cloud?.calls[0]?.request.messages[0]?.content).toBe('Ada "A" Lovelace, hunter2-secret')
    expect(edge.decisions[0]).toMatchObject({
      plan: { discloses: 'plain' },
      privacy: { mode: 'observe', findings: { PERSON: 1, SECRET: 1 }, actions: { pseudonymise: 1, keep: 1 } },
    })
  })
})
