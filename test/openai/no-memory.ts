import type { ResponsesMemory } from '../../src/openai/responses-request.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'

async function gone(id: string, param: string): Promise<never> {
  throw new EdgewiseError('not-found', `${param}: ${id} is not kept`, { param })
}

/** The memory of a server that keeps nothing. */
export const noMemory: ResponsesMemory = { history: gone, item: gone }
