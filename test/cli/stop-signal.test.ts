import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { listenForReload } from '../../src/cli/reload-signal.ts'
import { listenForStop } from '../../src/cli/stop-signal.ts'

function given(options: Partial<Parameters<typeof listenForStop>[0]> = {}) {
  const signals = new EventEmitter()
  const exits: number[] = []
  return { signals, exits, stop: listenForStop({ signals, exit: (code) => exits.push(code), ...options }) }
}

describe('a wish to stop', () => {
  it('is the first signal; the second ends the process at once', async () => {
    const { signals, exits, stop } = given()
    expect(stop.signal.aborted).toBe(false)
    signals.emit('SIGTERM', 'SIGTERM')
    expect(await stop.stopped).toBe('SIGTERM')
    expect(exits).toEqual([])
    signals.emit('SIGINT', 'SIGINT')
    expect(exits).toEqual([130])
  })

  it('may be heard twice: then somebody is in a hurry, and the third ends the process', () => {
    const { signals, exits, stop } = given({ patience: 2 })
    signals.emit('SIGTERM', 'SIGTERM')
    expect(stop.hurried.aborted).toBe(false)
    signals.emit('SIGTERM', 'SIGTERM')
    expect(stop.hurried.aborted).toBe(true)
    expect(exits).toEqual([])
    signals.emit('SIGTERM', 'SIGTERM')
    expect(exits).toEqual([143])
  })

  it('is only what counts as one', async () => {
    const { signals, stop } = given({ names: ['SIGINT', 'SIGTERM'] })
    signals.emit('SIGHUP')
    expect(stop.signal.aborted).toBe(false)
    stop[Symbol.dispose]()
    expect(signals.eventNames()).toEqual([])
  })

  it('is the end of the output too', async () => {
    const output = new EventEmitter()
    const { stop } = given({ output })
    output.emit('error', new Error('EPIPE'))
    expect(await stop.stopped).toBe('output')
  })
})

describe('a wish to read the settings anew', () => {
  it('is SIGHUP, and the log tells what came of it', async () => {
    const signals = new EventEmitter()
    const told: string[] = []
    const tell = (level: string) => (text: string) => void told.push(`${level} ${text}`)
    const log = { info: tell('info'), warn: tell('warn'), error: tell('error') } as never
    const outcomes = [
      async () => ({ changed: ['aliases'], needsRestart: ['port', 'model'] }),
      async () => ({ changed: [], needsRestart: [] }),
      async () => Promise.reject(new Error('edgewise.yaml:2:3 is wrong')),
    ]
    const reload = () => outcomes[told.length === 0 ? 0 : told.length - 1]?.() ?? Promise.reject(new Error('enough'))
    using _ = listenForReload({ signals, reload, log })
    for (const lines of [2, 3, 4]) {
      signals.emit('SIGHUP')
      await expect.poll(() => told.length).toBe(lines)
    }
    expect(told).toEqual([
      'info settings read; new: aliases',
      'warn only in force after a restart: port, model',
      'info settings read; nothing to change',
      'error the settings stay as they were: edgewise.yaml:2:3 is wrong',
    ])
  })
})
