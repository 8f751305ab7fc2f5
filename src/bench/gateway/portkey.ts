import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from './load.ts'
import { type PeerProcess, spawnPeer } from './peer-process.ts'

/** Portkey's gateway, when somebody installed it beside us (`npm i --no-save @portkey-ai/gateway`); undefined otherwise. */
export async function startPortkey(
  origin: string,
): Promise<{ readonly process: PeerProcess; readonly target: Target } | undefined> {
  const program = join(
    import.meta.dirname,
    '..',
    '..',
    '..',
    'node_modules',
    '@portkey-ai',
    'gateway',
    'build',
    'start-server.js',
  )
  if (!existsSync(program)) return undefined
  const port = await freePort()
  const child = spawnPeer(process.execPath, [program, `--port=${port}`, '--headless'], {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
  })
  const headers = {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${origin}/v1`,
    authorization: 'Bearer none',
  }
  const target = { name: 'portkey', origin: `http://127.0.0.1:${port}`, headers }
  for (let tries = 0; tries < 100; tries++) {
    const isUp = await fetch(target.origin).then(
      () => true,
      () => false,
    )
    if (isUp) return { process: child, target }
    await delay(100)
  }
  await child[Symbol.asyncDispose]()
  throw new Error('Portkey did not open its port within 10 s')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
