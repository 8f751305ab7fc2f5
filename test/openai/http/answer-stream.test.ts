import { describe, expect, it } from 'vitest'
import { type AnswerEncoder, streamAnswer } from '../../../src/openai/http/answer-stream.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

function createEncoder(): AnswerEncoder {
  let isClosed = false
  return {
    push(part) {
      isClosed ||= part.type === 'finish'
      if (part.type === 'text-delta') return `data: ${part.text}\n\n`
      return part.type === 'finish' ? 'data: [DONE]\n\n' : ''
    },
    error: (error) => (isClosed ? '' : `data: error ${error.code}\n\n`),
  }
}

const finish: StreamPart = { type: 'finish', reason: 'stop', usage: { promptTokens: 1, completionTokens: 1 } }

function text(word: string): StreamPart {
  return { type: 'text-delta', text: word }
}

function answer(parts: AsyncIterable<StreamPart>, signal: AbortSignal = new AbortController().signal) {
  const clock = createFakeClock()
  return { clock, body: streamAnswer({ parts, encoder: createEncoder(), signal, keepAliveMs: 1000, clock }) }
}

/** Parts that note what was asked of them. */
function noted(parts: readonly (StreamPart | Error)[]) {
  const notes: string[] = []
  async function* give(): AsyncGenerator<StreamPart> {
    try {
      for (const part of parts) {
        notes.push(part instanceof Error ? 'throws' : part.type)
        if (part instanceof Error) throw part
        yield part
      }
    } finally {
      notes.push('let go')
    }
  }
  return { notes, parts: give() }
}

async function readText(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value } = await reader.read()
  return value === undefined ? undefined : new TextDecoder().decode(value)
}

describe('streaming an answer', () => {
  it('writes every part and closes once the encoder has closed it', async () => {
    const { body, clock } = answer(noted([text('a'), text('b'), finish]).parts)
    expect(await new Response(body).text()).toBe('data: a\n\ndata: b\n\ndata: [DONE]\n\n')
    expect(clock.pendingDelays).toBe(0)
  })

  it('ends in an error event, without an end, when the parts throw', async () => {
    const cut = new EdgewiseError('stream-cut', 'cut')
    const { body } = answer(noted([text('a'), cut]).parts)
    expect(await new Response(body).text()).toBe('data: a\n\ndata: error stream-cut\n\n')
    const { body: unknown } = answer(noted([new Error('boom')]).parts)
    expect(await new Response(unknown).text()).toBe('data: error internal\n\n')
  })

  it('ends in an error event when the parts end without a finish', async () => {
    const { body } = answer(noted([text('a')]).parts)
    expect(await new Response(body).text()).toBe('data: a\n\ndata: error internal\n\n')
  })

  it('calls an answer without a finish an error, and skips parts that show nothing', async () => {
    const placement: StreamPart = { type: 'placement', placement: 'local', model: 'm', reason: 'r' }
    const { body } = answer(noted([placement, text('a'), placement]).parts)
    expect(await new Response(body).text()).toBe('data: a\n\ndata: error internal\n\n')
  })

  it('asks for one part at a time, when the client has taken the last one', async () => {
    const { notes, parts } = noted([text('a'), text('b'), text('c'), finish])
    const { body } = answer(parts)
    const reader = body.getReader()
    expect(await readText(reader)).toBe('data: a\n\n')
    await new Promise((resolve) => setImmediate(resolve))
    expect(notes).toEqual(['text-delta', 'text-delta'])
    await reader.cancel()
  })

  it('lets go of the parts and of its timer when the client goes', async () => {
    const { notes, parts } = noted([text('a'), text('b'), text('c'), finish])
    const { body, clock } = answer(parts)
    const reader = body.getReader()
    await readText(reader)
    await reader.cancel()
    await new Promise((resolve) => setImmediate(resolve))
    expect(notes.at(-1)).toBe('let go')
    expect(clock.pendingDelays).toBe(0)
  })

  it('keeps a silent stream alive with comments, and only a silent one', async () => {
    let speak: (part: StreamPart) => void = () => {}
    async function* slow(): AsyncGenerator<StreamPart> {
      for (;;) {
        yield await new Promise<StreamPart>((resolve) => {
          speak = resolve
        })
      }
    }
    const { body, clock } = answer(slow())
    const reader = body.getReader()
    const first = readText(reader)
    await clock.advance(999)
    await clock.advance(1)
    expect(await first).toBe(': keep-alive\n\n')
    const second = readText(reader)
    await clock.advance(500)
    speak(text('a'))
    expect(await second).toBe('data: a\n\n')
    const third = readText(reader)
    let isThere = false
    void third.then(() => {
      isThere = true
    })
    await clock.advance(500)
    expect(isThere).toBe(false)
    await clock.advance(1000)
    expect(await third).toBe(': keep-alive\n\n')
    const last = readText(reader)
    speak(finish)
    expect(await last).toBe('data: [DONE]\n\n')
    await reader.cancel()
  })

  it('ends with the reason of the signal, even when the parts never wake up', async () => {
    const timer = new AbortController()
    async function* stuck(): AsyncGenerator<StreamPart> {
      yield text('a')
      await new Promise(() => {})
    }
    const { body } = answer(stuck(), timer.signal)
    const reader = body.getReader()
    expect(await readText(reader)).toBe('data: a\n\n')
    const rest = readText(reader)
    timer.abort(new EdgewiseError('request-timeout', 'took longer than 600 s'))
    expect(await rest).toBe('data: error request-timeout\n\n')
    expect((await reader.read()).done).toBe(true)
  })
})
