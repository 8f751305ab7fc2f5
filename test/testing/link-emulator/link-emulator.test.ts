import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type LinkEmulator, startLinkEmulator } from '../../../src/testing/link-emulator/link-emulator.ts'
import { type EmulatedLink, linkProfile } from '../../../src/testing/link-emulator/link-profiles.ts'

interface Stage extends AsyncDisposable {
  readonly link: LinkEmulator
  /** The target's ends, in the order they came. */
  readonly targets: readonly Socket[]
  dial(): Promise<Socket>
}

async function stage(profile: EmulatedLink, serve: (socket: Socket) => void): Promise<Stage> {
  const targets: Socket[] = []
  const clients: Socket[] = []
  const server = createServer({ noDelay: true }, (socket) => {
    targets.push(socket.on('error', () => {}))
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const link = await startLinkEmulator({ target: { host: '127.0.0.1', port }, profile, random: () => 0.5 })
  return {
    link,
    targets,
    async dial() {
      const client = connect({ host: link.host, port: link.port, noDelay: true }).on('error', () => {})
      clients.push(client)
      await once(client, 'connect')
      return client
    },
    async [Symbol.asyncDispose]() {
      await link[Symbol.asyncDispose]()
      for (const socket of [...clients, ...targets]) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const echo = (socket: Socket) => void socket.pipe(socket)
const discard = (socket: Socket) => void socket.resume()

async function roundTrip(client: Socket): Promise<number> {
  const startedMs = performance.now()
  client.write('x')
  await once(client, 'data')
  return performance.now() - startedMs
}

async function medianRoundTrip(client: Socket, rounds: number): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) times.push(await roundTrip(client))
  return times.sort((a, b) => a - b)[rounds >> 1] ?? 0
}

/** The profile with all that varies taken out. */
function steady(name: string, changes: Partial<EmulatedLink> = {}): EmulatedLink {
  return { ...linkProfile(name), jitterMs: 0, lossRatio: 0, ...changes }
}

describe('what passes through the link', () => {
  it.each(['lan', 'petals-b', 'dssd-100', 'region'])('takes the round trip of %s, and little more', async (name) => {
    await using on = await stage(steady(name), echo)
    const client = await on.dial()
    await roundTrip(client)
    const measuredMs = await medianRoundTrip(client, 9)
    expect(measuredMs).toBeGreaterThan(on.link.profile.roundTripMs - 1)
    expect(measuredMs).toBeLessThan(on.link.profile.roundTripMs + 30)
  })

  it('costs a round trip more on a new connection', async () => {
    await using on = await stage(steady('region'), echo)
    const client = await on.dial()
    expect(await roundTrip(client)).toBeGreaterThan(159)
    expect(await roundTrip(client)).toBeLessThan(150)
  })

  it('arrives whole and in order, however it jitters and stalls, and is counted', async () => {
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
    await using on = await stage({ ...steady('lan'), jitterMs: 2 }, echo)
    const client = await on.dial()
    client.end(sent)
    expect(Buffer.concat(await Array.fromAsync(client)).equals(sent)).toBe(true)
    expect([on.link.bytesUp, on.link.bytesDown]).toEqual([sent.length, sent.length])
  })

  it('goes no faster than the rate of its direction', async () => {
    const profile = steady('lan', { upBitsPerSecond: 8_000_000 })
    await using on = await stage(profile, echo)
    const client = await on.dial()
    const startedMs = performance.now()
    client.end(Buffer.alloc(400_000))
    await Array.fromAsync(client)
    const elapsedMs = performance.now() - startedMs
    expect(elapsedMs).toBeGreaterThan(399)
    expect(elapsedMs).toBeLessThan(2_000)
  })

  it('is held back when the receiver does not read, so that the sender has to wait', async () => {
    await using on = await stage(steady('lan'), (socket) => void socket.pause())
    const client = await on.dial()
    const bytes = 64 * 1_048_576
    for (let sent = 0; sent < bytes; sent += 65_536) client.write(Buffer.alloc(65_536))
    await expect.poll(() => on.link.bytesUp).toBeGreaterThan(0)
    await silence(on.link)
    expect(client.writableLength).toBeGreaterThan(bytes / 2)
    at(on.targets, 0).resume()
    await expect.poll(() => on.link.bytesUp, { timeout: 20_000 }).toBe(bytes)
  })

  it('follows a new profile at once', async () => {
    await using on = await stage(steady('region'), echo)
    const client = await on.dial()
    await roundTrip(client)
    on.link.setProfile(steady('lan'))
    expect(await roundTrip(client)).toBeLessThan(75)
  })
})

/** Resolves once `link` has forwarded nothing while ten messages went over another one and back. */
async function silence(link: LinkEmulator): Promise<void> {
  await using other = await stage(steady('petals-b'), echo)
  const client = await other.dial()
  for (let quiet = 0, bytes = link.bytesUp; quiet < 10; quiet += 1) {
    await roundTrip(client)
    if (link.bytesUp !== bytes) quiet = 0
    bytes = link.bytesUp
  }
}

describe('what goes wrong on the link', () => {
  it('a reset ends all connections with ECONNRESET on both sides, and new ones work', async () => {
    await using on = await stage(steady('lan'), echo)
    const client = await on.dial()
    await roundTrip(client)
    on.link.reset()
    await expect
      .poll(() => [client.errored, at(on.targets, 0).errored])
      .toMatchObject([{ code: 'ECONNRESET' }, { code: 'ECONNRESET' }])
    expect(on.link.connections).toBe(0)
    await roundTrip(await on.dial())
  })

  it('a cut closes all connections and refuses new ones until the next profile', async () => {
    await using on = await stage(steady('lan'), echo)
    const client = await on.dial()
    await roundTrip(client)
    const closed = once(client, 'close')
    on.link.cut()
    await closed
    expect(await refusal(on.link)).toBe('ECONNRESET')
    expect([on.link.connections, on.link.accepted]).toEqual([0, 1])
    on.link.setProfile(steady('lan'))
    await roundTrip(await on.dial())
  })

  it('the profile "down" cuts, also from the start', async () => {
    await using on = await stage(linkProfile('down'), echo)
    expect(await refusal(on.link)).toBe('ECONNRESET')
    on.link.setProfile(steady('lan'))
    const client = await on.dial()
    await roundTrip(client)
    const closed = once(client, 'close')
    on.link.setProfile(linkProfile('down'))
    await closed
    on.link.setProfile(steady('lan'))
    await roundTrip(await on.dial())
  })

  it('a black hole leaves connections open and lets nothing pass, and gives all of it up later', async () => {
    await using on = await stage(steady('lan'), echo)
    const client = await on.dial()
    await roundTrip(client)
    on.link.blackhole()
    const later = roundTrip(client)
    const fresh = await on.dial()
    const freshLater = roundTrip(fresh)
    await silence(on.link)
    expect([on.link.bytesUp, client.closed, fresh.closed, on.link.connections]).toEqual([1, false, false, 2])
    on.link.setProfile(steady('lan'))
    await Promise.all([later, freshLater])
    expect(on.link.bytesUp).toBe(3)
  })

  it('a client that leaves is gone for the target too', async () => {
    await using on = await stage(steady('lan'), discard)
    const client = await on.dial()
    client.write('x')
    await expect.poll(() => on.targets.length).toBe(1)
    const closed = once(at(on.targets, 0), 'close')
    client.destroy()
    await closed
    await expect.poll(() => on.link.connections).toBe(0)
  })

  it('a target that resets is a reset for the client', async () => {
    await using on = await stage(steady('lan'), (socket) => void socket.once('data', () => socket.resetAndDestroy()))
    const client = await on.dial()
    client.write('x')
    expect(await once(client, 'error')).toMatchObject([{ code: 'ECONNRESET' }])
  })

  it('a target at which nobody listens ends the connection', async () => {
    const on = await stage(steady('lan'), echo)
    const { port } = on.link
    await on[Symbol.asyncDispose]()
    const profile = steady('lan')
    await using link = await startLinkEmulator({ target: { host: '127.0.0.1', port }, profile, random: () => 0.5 })
    const client = connect(link.port, link.host)
    expect(await once(client, 'error')).toMatchObject([{ code: 'ECONNRESET' }])
  })

  it('a port that is taken is refused with the system error', async () => {
    await using on = await stage(steady('lan'), echo)
    const { port } = on.link
    const again = startLinkEmulator({
      target: { host: '127.0.0.1', port },
      profile: steady('lan'),
      port,
      random: Math.random,
    })
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

/** Code of the error that a new connection meets with. */
async function refusal(link: LinkEmulator): Promise<unknown> {
  const client = connect(link.port, link.host)
  const [error] = await once(client, 'error')
  return 'code' in error ? error.code : error
}

function at(sockets: readonly Socket[], index: number): Socket {
  const socket = sockets[index]
  if (socket === undefined) throw new Error(`the target has no connection ${index}`)
  return socket
}
