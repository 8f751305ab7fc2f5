import { EdgewiseError } from '../../spec/errors.ts'
import type { Inbound } from '../../spec/ports.ts'

/** The whole body of a response as text. Throws `upstream-failed` beyond `maxBytes`. */
export async function readText({ body }: Inbound, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes) {
      throw new EdgewiseError('upstream-failed', `the upstream server sent a body of more than ${maxBytes} bytes`)
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
