import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHome, isAlive, runCommand, type StartedDemo, startDemoCommand } from './demo-process.ts'

const longMs = 60_000

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function eventually(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 15_000; !holds(); ) {
    if (Date.now() > end) throw new Error('it did not come to pass within 15 s')
    await pause(20)
  }
}

describe('edgewise demo', () => {
  let home: ReturnType<typeof createHome>
  let demo: StartedDemo
  let startedInMs = 0

  beforeAll(async () => {
    home = createHome()
    const start = performance.now()
    demo = await startDemoCommand(home.folder)
    startedInMs = performance.now() - start
  }, longMs)

  afterAll(async () => {
    await demo?.[Symbol.asyncDispose]()
    home[Symbol.dispose]()
  })

  it('is ready within 15 seconds and says what runs where, what it allows and what to try', () => {
    expect(startedInMs).toBeLessThan(15_000)
    const text = demo.output()
    expect(text).toContain('edgewise-edge')
    expect(text).toContain('edgewise-cloud')
    expect(text).toContain('link: lan')
    expect(text).toContain('policy.privacy.personalData is set to protect')
    expect(text).toMatch(/the hub where the edge's answer is less than \d+ % likely to be as good as its own/)
    expect(text).toMatch(/npx edgewise ledger tail --state \S+[/\\]edge\n/)
    expect(text.match(/^curl .*chat\/completions/gm)).toHaveLength(3)
  })

  it('answers at both ports', async () => {
    expect(await answers(Number(new URL(demo.edgeUrl).port))).toBe(true)
    expect(await answers(demo.hubPort)).toBe(true)
  })

  it('answers an openai client at the edge and in the cloud, and tells each request without its words', async () => {
    const client = new OpenAI({ baseURL: `${demo.edgeUrl}/v1`, apiKey: demo.apiKey, maxRetries: 0 })
    const ask = (mode: string) =>
      client.chat.completions.create(
        {
          model: 'auto',
          max_tokens: 8,
          temperature: 0,
          messages: [{ role: 'user', content: 'Intent: tell me a zebrajoke' }],
        },
        { headers: { 'x-edgewise-mode': mode } },
      )
    const local = (await ask('only-edge')) as { edgewise?: { model: string } }
    const cloud = (await ask('only-cloud')) as { edgewise?: { model: string } }
    expect(local.edgewise?.model).toBe('edgewise-edge')
    expect(cloud.edgewise?.model).toBe('edgewise-cloud')
    await demo.printed(/edge +requests must stay at the edge.*tokens, .*all .* ms/)
    await demo.printed(/cloud +only the cloud may answer/)
    expect(demo.output()).not.toContain('zebrajoke')
  })

  it('prints three requests that do what it says of them', async () => {
    const lines = demo.output().match(/^curl .*/gm) ?? []
    const places = await Promise.all(
      lines.map(async (line) => {
        const [, body = ''] = / -d '(.*)'$/.exec(line) ?? []
        const [, mode] = /'x-edgewise-mode: (\S+)'/.exec(line) ?? []
        const answer = await fetch(`${demo.edgeUrl}/v1/chat/completions`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${demo.apiKey}`,
            ...(mode === undefined ? {} : { 'x-edgewise-mode': mode }),
          },
          body,
        })
        return `${answer.headers.get('x-edgewise-placement')}, ${answer.headers.get('x-edgewise-reason')}`
      }),
    )
    expect(places).toEqual(['local, confident', 'cloud, low-confidence', 'local, only-edge'])
  })

  it('switches its link from another shell', async () => {
    await using command = runCommand(['link', '4g'], home.folder)
    expect(await command.ended).toBe(0)
    expect(command.output()).toContain('The link is now 4g: 60 ms round trip')
    await demo.printed(/link lan → 4g/)
    await using back = runCommand(['link', 'lan'], home.folder)
    expect(await back.ended).toBe(0)
  })

  it('shows a failover: begun in the cloud, finished at the edge, the link as before', async () => {
    await using command = runCommand(['failover'], home.folder)
    expect(await command.ended, command.output()).toBe(0)
    const text = command.output()
    expect(text).toMatch(/^cloud │ \S/m)
    expect(text).toMatch(/^edge {2}│ \S/m)
    expect(text).toContain('the connection to the cloud was cut in the middle of the answer')
    expect(text).toContain('The link is lan again.')
    await demo.printed(/cloud → edge +the connection to the cloud was cut/)
  })

  it(
    'refuses a second demo on its ports, naming the port and the flag',
    async () => {
      await using second = runCommand(['--hub-port', String(demo.hubPort)], home.folder)
      expect(await second.ended).toBe(1)
      expect(second.output()).toContain(`Port ${demo.hubPort}, which the hub of the demo wants, is already in use.`)
      expect(second.output()).toContain('--hub-port')
      const edgePort = new URL(demo.edgeUrl).port
      await using third = runCommand(['--hub-port', '0', '--edge-port', edgePort], home.folder)
      expect(await third.ended).toBe(1)
      expect(third.output()).toContain(`Port ${edgePort}, which the edge of the demo wants, is already in use.`)
      expect(third.output()).toContain('--edge-port')
    },
    longMs,
  )

  it('leaves no process, no port and no file behind after Ctrl-C', async () => {
    expect(demo.pids).toHaveLength(5)
    demo.child.kill('SIGINT')
    expect(await demo.ended).toBe(0)
    expect(demo.pids.filter(isAlive)).toEqual([])
    expect(await answers(demo.hubPort)).toBe(false)
    expect(home.leftovers()).toEqual([])
  })
})

describe('a demo that goes wrong', () => {
  it(
    'takes everything away although it was killed itself',
    async () => {
      using home = createHome()
      await using demo = await startDemoCommand(home.folder)
      demo.child.kill('SIGKILL')
      await demo.ended
      await eventually(() => demo.pids.filter(isAlive).length === 0)
      expect(home.leftovers()).toEqual([])
    },
    longMs,
  )

  it(
    'ends when one of its processes is lost, and says which',
    async () => {
      using home = createHome()
      await using demo = await startDemoCommand(home.folder)
      process.kill(demo.edgePid, 'SIGKILL')
      expect(await demo.ended).toBe(1)
      expect(demo.output()).toContain('The edge of the demo ended: it was ended by SIGKILL.')
      await eventually(() => demo.pids.filter(isAlive).length === 0)
      expect(home.leftovers()).toEqual([])
    },
    longMs,
  )

  it(
    'ends when nobody reads what it says any more',
    async () => {
      using home = createHome()
      await using demo = await startDemoCommand(home.folder)
      demo.child.stdout?.destroy()
      const body = { model: 'auto', max_tokens: 1, messages: [{ role: 'user' as const, content: 'hello' }] }
      // The line of this request has no reader.
      await new OpenAI({ baseURL: `${demo.edgeUrl}/v1`, apiKey: demo.apiKey }).chat.completions.create(body)
      expect(await demo.ended).toBe(0)
      expect(demo.pids.filter(isAlive)).toEqual([])
      expect(home.leftovers()).toEqual([])
    },
    longMs,
  )

  it(
    'can be stopped while it starts',
    async () => {
      using home = createHome()
      await using run = runCommand(['--hub-port', '0', '--edge-port', '0'], home.folder)
      await run.printed(/starting the edge/)
      run.child.kill('SIGTERM')
      expect(await run.ended).toBe(0)
      expect(home.leftovers()).toEqual([])
    },
    longMs,
  )

  it('says how to start one when there is no demo to switch', async () => {
    using home = createHome()
    await using command = runCommand(['link', 'down'], home.folder)
    expect(await command.ended).toBe(1)
    expect(command.output()).toContain('No demo is running here. Start one in another shell: edgewise demo.')
  })

  it('names the profiles when asked for an unknown one', async () => {
    using home = createHome()
    await using command = runCommand(['link', 'modem'], home.folder)
    expect(await command.ended).toBe(2)
    expect(command.output()).toMatch(/Allowed choices are lan, 4g, .*down/)
  })
})

describe('edgewise demo --cloud', () => {
  it(
    'puts an OpenAI-compatible server behind the hub, with its first model and the key of the named variable',
    async () => {
      using home = createHome()
      const keys: (string | undefined)[] = []
      const upstream = createServer((request, response) => {
        keys.push(request.headers.authorization)
        if (request.url === '/v1/models') {
          response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: [{ id: 'big-one' }] }))
          return
        }
        response.setHeader('content-type', 'text/event-stream')
        const chunk = { id: '1', object: 'chat.completion.chunk', created: 1, model: 'big-one' }
        const choice = { index: 0, delta: { role: 'assistant', content: 'from afar' }, finish_reason: 'stop' }
        const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
        response.write(`data: ${JSON.stringify({ ...chunk, choices: [choice], usage })}\n\n`)
        response.end('data: [DONE]\n\n')
      })
      await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
      const { port } = upstream.address() as AddressInfo
      try {
        const args = ['--cloud', `http://127.0.0.1:${port}/v1`, '--cloud-key-env', 'CLOUD_KEY', '--mode', 'only-cloud']
        const variables = { CLOUD_KEY: 'sk-cloud-secret' }
        await using demo = runCommand(['--hub-port', '0', '--edge-port', '0', ...args], home.folder, variables)
        const [, url = '', key = ''] = await demo.printed(/(http:\S+)\/#key=(\S+)&control=/)
        const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
        const body = { model: 'auto', messages: [{ role: 'user' as const, content: 'hello' }] }
        const { choices } = await client.chat.completions.create(body)
        expect(choices[0]?.message.content).toBe('from afar')
        expect(new Set(keys)).toEqual(new Set(['Bearer sk-cloud-secret']))
        expect(demo.output()).toContain('big-one')
        expect(demo.output()).not.toContain('sk-cloud-secret')
        demo.child.kill('SIGINT')
        expect(await demo.ended).toBe(0)
      } finally {
        upstream.closeAllConnections()
        upstream.close()
      }
    },
    longMs,
  )
})

describe('a port of another program', () => {
  it('is named with the variable that changes it', async () => {
    using home = createHome()
    const other = createTcpServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    await using demo = runCommand(['--edge-port', '0'], home.folder, { EDGEWISE_HUB_PORT: String(port) })
    expect(await demo.ended).toBe(1)
    expect(demo.output()).toContain(`or EDGEWISE_HUB_PORT=PORT`)
    expect(home.leftovers()).toEqual([])
    other.close()
  })
})
