import { createHash, generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signCheckpoint } from '../../../src/privacy/ledger/sign-checkpoint.ts'
import { canonical } from '../../../src/privacy/ledger/verify/canonical.ts'
import { readCheckpoint } from '../../../src/privacy/ledger/verify/checkpoint.ts'
import { History } from '../../../src/privacy/ledger/verify/history.ts'

const leaf = fc.oneof(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.boolean())
const entry = fc.dictionary(
  fc.string({ unit: 'binary' }).filter((name) => name !== '__proto__'),
  fc.oneof(
    leaf,
    fc.array(leaf),
    fc.dictionary(fc.string(), leaf).map((map) => ({ ...map })),
  ),
)

describe('the encoding of an entry', () => {
  it('is JSON in ASCII that reads as the same value', () => {
    fc.assert(
      fc.property(entry, (value) => {
        const text = canonical(value)
        expect(text).toMatch(/^[\x20-\x7e]*$/)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonical(JSON.parse(text))).toBe(text)
      }),
    )
  })

  it('does not depend on the order in which names were given', () => {
    fc.assert(
      fc.property(entry, (value) => {
        expect(canonical(Object.fromEntries(Object.entries(value).reverse()))).toBe(canonical(value))
      }),
    )
  })

  it.each([0.5, Number.NaN, 2 ** 53, null, undefined, 10n, () => 1])('refuses %s', (value) => {
    expect(() => canonical({ value })).toThrow(TypeError)
  })
})

/** RFC 6962, 2.1, word for word. */
function merkleTreeHash(entries: readonly string[]): Buffer {
  const sha256 = (...parts: (string | Buffer)[]) =>
    createHash('sha256')
      .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
      .digest()
  if (entries.length === 0) return sha256()
  if (entries.length === 1) return sha256(Buffer.of(0), entries[0] ?? '')
  let split = 1
  while (split * 2 < entries.length) split *= 2
  return sha256(Buffer.of(1), merkleTreeHash(entries.slice(0, split)), merkleTreeHash(entries.slice(split)))
}

describe('a history', () => {
  it('has the Merkle root of RFC 6962 and the chained head after each entry, wherever it was taken up again', () => {
    let history = new History()
    let head = Buffer.alloc(32)
    const entries: string[] = []
    expect(history.root).toEqual(merkleTreeHash([]))
    for (let count = 1; count <= 70; count += 1) {
      const added = `entry ${count}`
      entries.push(added)
      history.add(added)
      head = createHash('sha256')
        .update(Buffer.concat([Buffer.of(1), head, Buffer.from(added)]))
        .digest()
      expect(history.root).toEqual(merkleTreeHash(entries))
      expect(history.head).toEqual(head)
      history = new History(history)
    }
  })
})

describe('a checkpoint', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const history = new History()
  history.add('one')
  const { size, root, head } = history
  const note = signCheckpoint({ origin: 'edgewise-ledger/ab', size, root, head }, privateKey)

  it('is a signed note of C2SP: text, empty line, signature behind a dash', () => {
    expect(note.split('\n').slice(0, 3)).toEqual(['edgewise-ledger/ab', '1', root.toString('base64')])
    expect(note).toMatch(/\n\n— edgewise-ledger\/ab [\w+/=]{92}\n$/)
    expect(readCheckpoint(note, publicKey)).toEqual({ origin: 'edgewise-ledger/ab', size, root, head })
  })

  it.each([
    ['another size', note.replace('\n1\n', '\n2\n')],
    ['another head', note.replace(head.toString('base64'), root.toString('base64'))],
    ['another name', note.replaceAll('ledger/ab', 'ledger/ac')],
    ['a line more', note.replace('\n\n', '\nmore\n\n')],
    ['no signature', note.replace(/— .*\n/, '')],
    ['nothing', ''],
  ])('with %s does not count', (_, changed) => {
    expect(readCheckpoint(changed, publicKey)).toHaveProperty('because')
  })

  it('of another key does not count', () => {
    expect(readCheckpoint(note, generateKeyPairSync('ed25519').publicKey)).toEqual({ because: 'another key signed it' })
  })
})

describe('the verifier', () => {
  const folder = join(import.meta.dirname, '..', '..', '..', 'src', 'privacy', 'ledger', 'verify')
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))

  it('has fewer than 300 lines in all', () => {
    const lines = files.flatMap((text) => text.trimEnd().split('\n'))
    expect(lines.length).toBeLessThan(300)
  })

  it('needs nothing but node:crypto, node:fs and itself', () => {
    const imports = files.flatMap((text) => [...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name ?? ''))
    expect(imports.filter((name) => !/^(node:crypto|node:fs|\.\/[\w-]+\.ts)$/.test(name))).toEqual([])
  })
})
