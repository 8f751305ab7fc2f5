import type { OpenConnection } from '../../src/spec/ports.ts'
import type { HubReply } from './hub-program.ts'

/** A way out that ends in `ask`, which gets the text of each request; for programs whose egress is not what is tried here. */
export function openTo(ask: (request: string) => Promise<HubReply>): OpenConnection {
  return async ({ body }) => {
    const { status, body: text } = await ask(new TextDecoder().decode(body?.bytes))
    return { status, headers: { 'content-type': 'application/json' }, body: piecesOf(text) }
  }
}

async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}
