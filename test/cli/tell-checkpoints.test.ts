import { describe, expect, it } from 'vitest'
import { keptCheckpoints } from '../../src/cli/ledger/kept-checkpoints.ts'
import { checkpointsAsJson, tellCheckpoints } from '../../src/cli/tell-checkpoints.ts'
import type { EdgeCheckpoint } from '../../src/hub/control-plane/edge-checkpoints.ts'

const edge = {
  id: '3f9a12'.padEnd(64, '0'),
  name: 'scanner',
  publicKey: '',
  joinedAt: 0,
  lastSeenAt: undefined,
  revokedAt: undefined,
}

function checkpoint(entries: number, ledger = 'edgewise-ledger/one'): EdgeCheckpoint {
  return { receivedAt: Date.UTC(2026, 10, 23), ledger, entries, note: `${ledger}\n${entries}\n` }
}

describe('the checkpoints that a hub keeps of an edge', () => {
  it('are listed, without a warning while the ledger only grows', () => {
    const text = tellCheckpoints(edge, [checkpoint(9), checkpoint(9), checkpoint(4)])
    expect(text).toContain('2026-11-23 00:00:00 UTC           9 entries  edgewise-ledger/one\n')
    expect(text).not.toContain('WARNING')
  })

  it('tell aloud of a ledger that became shorter or was begun anew', () => {
    expect(tellCheckpoints(edge, [checkpoint(4), checkpoint(9)])).toMatch(/WARNING: .*9 entries, and 4 later/)
    expect(tellCheckpoints(edge, [checkpoint(4, 'other'), checkpoint(9)])).toMatch(/WARNING: .*another ledger/)
  })

  it('are taken by the verifier as printed, of the newest ledger alone', () => {
    const kept = [checkpoint(4, 'two'), checkpoint(2, 'two'), checkpoint(9)]
    expect(keptCheckpoints(checkpointsAsJson(edge, kept), 'file')).toEqual({
      notes: ['two\n4\n', 'two\n2\n'],
      otherLedgers: ['edgewise-ledger/one'],
    })
    const note = `edgewise-ledger/one\n9\n${Buffer.alloc(32).toString('base64')}\n`
    expect(keptCheckpoints(note, 'file')).toEqual({ notes: [note], otherLedgers: [] })
    for (const none of ['{"checkpoints": []}', 'a note\n', '']) {
      expect(() => keptCheckpoints(none, 'file')).toThrow(/file holds no checkpoint/)
    }
  })
})
