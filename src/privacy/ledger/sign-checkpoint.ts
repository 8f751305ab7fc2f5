import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { type Checkpoint, keyMark } from './verify/checkpoint.ts'

/** A checkpoint of C2SP's tlog-checkpoint, with `head` in an extension line, as a signed note. */
export function signCheckpoint({ origin, size, root, head }: Checkpoint, privateKey: KeyObject): string {
  const text = `${origin}\n${size}\n${root.toString('base64')}\nhead ${head.toString('base64')}\n`
  const mark = keyMark(origin, createPublicKey(privateKey))
  const signature = Buffer.concat([mark, sign(null, Buffer.from(text), privateKey)])
  return `${text}\n— ${origin} ${signature.toString('base64')}\n`
}
