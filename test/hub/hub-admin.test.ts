import { X509Certificate } from 'node:crypto'
import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { hubConfigSchema } from '../../src/hub/config.ts'
import { openHubAdmin, publicUrl } from '../../src/hub/control-plane/hub-admin.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { parseJoinToken } from '../../src/sync/enrolment/join-token.ts'
import { temporaryFolder } from './running-hub.ts'

function admin(config: object) {
  return openHubAdmin({ config: hubConfigSchema.parse(config), stateFolder: temporaryFolder(), clock: systemClock })
}

describe('looking after a hub that does not run', () => {
  it('makes tokens with the address, the fingerprint and a secret of its own', async () => {
    await using hub = await admin({ publicUrl: 'https://hub.example:4600' })
    const [one, two] = [parseJoinToken(await hub.mintJoinToken()), parseJoinToken(await hub.mintJoinToken())]
    expect(one).toMatchObject({ url: 'https://hub.example:4600', fingerprint: hub.identity.fingerprint })
    expect(one.secret).not.toBe(two.secret)
  })

  it('shows a certificate for every name of the hub', async () => {
    await using hub = await admin({ publicUrl: 'https://hub.example', host: '0.0.0.0' })
    const certificate = new X509Certificate(hub.identity.certificatePem)
    expect(certificate.checkHost('hub.example')).toBe('hub.example')
    expect(certificate.checkHost('localhost')).toBe('localhost')
    expect(certificate.checkIP('0.0.0.0')).toBe(undefined)
  })

  it('revokes by the first digits of an id, if only one edge has them', async () => {
    await using hub = await admin({})
    const ids = ['aaaaaa1', 'aaaaaa2'].map((start) => start.padEnd(64, '0'))
    for (const id of ids) await hub.store.edges.add({ id, name: id, publicKey: 'k', joinedAt: 1 })
    await expect(hub.revokeEdge('aaaaaa')).rejects.toThrow(/2 edges have/)
    expect(await hub.revokeEdge('AAAAAA2')).toMatchObject({ id: ids[1], revokedAt: expect.any(Number) })
    expect((await hub.listEdges()).map(({ revokedAt }) => revokedAt === undefined)).toEqual([true, false])
  })
})

describe('an edge that is revoked while no hub runs', () => {
  it('leaves no answers behind', async () => {
    await using hub = await admin({})
    const id = 'a'.padEnd(64, '0')
    await hub.store.edges.add({ id, name: 'scanner', publicKey: 'k', joinedAt: 1 })
    const answer = { caller: id, key: 'a', digest: 'd', parts: [], expiresAt: 2 }
    await hub.store.keptAnswers.save(answer, { now: 1, mostBytes: 1000 })
    await hub.revokeEdge(id)
    expect(await hub.store.keptAnswers.find(id, 'a', 1)).toBe(undefined)
  })
})

describe('the address that edges dial', () => {
  it.each([
    [{ host: '127.0.0.1' }, 'https://127.0.0.1:4600'],
    [{ host: '::1' }, 'https://[::1]:4600'],
    [{ host: '0.0.0.0' }, `https://${hostname()}:4600`],
    [{ host: '0.0.0.0', publicUrl: 'https://hub.example' }, 'https://hub.example'],
  ])('of %j is %s', (config, url) => {
    expect(publicUrl(config, 4600)).toBe(url)
  })
})
