import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keptCheckpoints } from '../../../src/cli/ledger/kept-checkpoints.ts'
import { ledgerPaths } from '../../../src/cli/ledger/ledger-paths.ts'
import { edgeLedgerName, ledgerPlace } from '../../../src/privacy/ledger/ledger-settings.ts'
import { openIn, sendOf, sendWhole } from '../../privacy/ledger/sample-ledger.ts'
import { runEdgewise } from '../run-edgewise.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-ledger-commands-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const state = join(root, 'state')
const notALedger = join(root, 'passwd')
let entry = 0

function ledger(...words: readonly string[]) {
  return runEdgewise({ arguments: ['ledger', ...words, '--state', state], folder: root })
}

beforeAll(async () => {
  mkdirSync(state)
  writeFileSync(notALedger, 'root:x:0:0:root:/root:/bin/sh\n')
  const place = ledgerPlace({ settings: {}, stateFolder: state, name: edgeLedgerName })
  await using opened = await openIn(place)
  entry = await sendWhole(opened, 'a request')
  const probe = { ...sendOf('probe'), purpose: 'probe', dataClass: 'control' } as const
  const of = await opened.send(probe)
  opened.end({ of, at: probe.at, mono: 15, bytes: 10, status: 200 })
  const failed = await opened.send(probe)
  opened.end({ of: failed, at: probe.at, mono: 16, bytes: 10, code: 'link-down' })
})

describe('edgewise ledger verify', () => {
  it('does not accuse a good ledger of a file that holds no checkpoint', async () => {
    const { code, stdout, stderr } = await ledger('verify', '--head', notALedger)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(
      'passwd holds no checkpoint; `edgewise ledger head` or `edgewise hub ledger EDGE --json` prints one.',
    )
    expect(() => keptCheckpoints('{"checkpoints": []}', 'seen')).toThrow('seen holds no checkpoint;')
  })

  it('takes a checkpoint of its own', async () => {
    const head = join(root, 'head')
    writeFileSync(head, (await ledger('head')).stdout)
    expect(await ledger('verify', '--head', head)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Good: .*, that of this edge, from its state folder\.\n$/s),
    })
  })

  it('says that a file is no ledger, rather than a bad one', async () => {
    expect(await ledger('verify', notALedger)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/passwd holds no ledger; name the folder/),
    })
  })

  it('goes on to check a file whose first line was overwritten', async () => {
    const file = join(root, 'changed.ledger')
    copyFileSync(join(state, 'ledger', '000000000001.ledger'), file)
    writeFileSync(file, 'rubbish', { flag: 'r+' })
    await expect(ledgerPaths([file])).resolves.toMatchObject({ files: [file] })
  })
})

describe('edgewise ledger tail', () => {
  it('leaves out answered probes and counts them, but not those that failed', async () => {
    const { stdout } = await ledger('tail')
    expect(stdout).toMatch(/inference +text .*answered 200/)
    expect(stdout).toMatch(/probe +control .*failed \(link-down\)/)
    expect(stdout).not.toMatch(/control .*answered/)
    expect(stdout).toMatch(/\n1 answered of class control .*: --all shows them\.\n$/)
    const all = await ledger('tail', '--all')
    expect(all.stdout).toMatch(/probe +control .*answered 200/)
    expect(all.stdout).not.toContain('not shown')
  })

  it('says when nothing was sent for a request', async () => {
    expect(await ledger('tail', '--request', 'another')).toMatchObject({
      code: 0,
      stdout: 'Nothing was sent for this request.\n',
    })
    expect((await ledger('tail', '--request', 'a request')).stdout).toMatch(/answered 200\n$/)
  })

  it('says where it found no ledger', async () => {
    const { code, stderr } = await runEdgewise({ arguments: ['ledger', 'tail', '--state', root], folder: root })
    expect(code).toBe(1)
    expect(stderr).toContain(`There is no ledger at ${join(root, 'ledger')}; name the folder with --state.`)
  })
})

describe('edgewise ledger match', () => {
  it('names the file that it cannot read', async () => {
    const { code, stderr } = await ledger('match', String(entry), join(root, 'nope'))
    expect(code).toBe(1)
    expect(stderr).toMatch(/nope cannot be read/)
    expect(stderr).not.toContain('fault of Edgewise')
  })
})
