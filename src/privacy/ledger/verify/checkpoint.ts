import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'

/** What a signature vouches for: once a ledger of this name (`origin`) had this size, root and head. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
  readonly head: Buffer
}

const form =
  /^(?<origin>[^\n+ ]+)\n(?<size>\d{1,15})\n(?<root>[\w+/=]{44})\nhead (?<head>[\w+/=]{44})\n\n— (?<signer>[^\n+ ]+) (?<signature>[\w+/=]+)\n$/

/** The checkpoint in a signed note of C2SP when it has our form and this key signed it; else why not. */
export function readCheckpoint(note: string, publicKey: KeyObject): Checkpoint | { readonly because: string } {
  const { origin = '', size = '', root = '', head = '', signer, signature = '' } = form.exec(note)?.groups ?? {}
  if (origin === '' || signer !== origin) return { because: 'it has not the form of a checkpoint' }
  const bytes = Buffer.from(signature, 'base64')
  if (!bytes.subarray(0, 4).equals(keyMark(origin, publicKey))) return { because: 'another key signed it' }
  const text = Buffer.from(note.slice(0, note.indexOf('\n\n') + 1))
  if (!verify(null, text, publicKey, bytes.subarray(4))) return { because: 'its signature is wrong' }
  return { origin, size: Number(size), root: Buffer.from(root, 'base64'), head: Buffer.from(head, 'base64') }
}

/** The four bytes that name a key in a signed note. */
export function keyMark(name: string, publicKey: KeyObject): Buffer {
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(1), raw]), 'buffer').subarray(0, 4)
}

/** An Ed25519 key from its 32 bytes. Throws for anything else. */
export function publicKeyOf(raw: Buffer): KeyObject {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw])
  return createPublicKey({ key: der, format: 'der', type: 'spki' })
}
