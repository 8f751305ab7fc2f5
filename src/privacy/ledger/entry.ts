import type { EndNotice, SendNotice, UnsentNotice } from './ledger.ts'
import { requestMark, saltedHash } from './ledger-key.ts'

/** Makes an entry once its number and with it its salt are known. */
export type EntryMaker = (seq: number, salt: Buffer) => Readonly<Record<string, unknown>>

/** `send`: stands in the ledger before the first byte leaves. */
export function sendEntry({ head, body, facts = {}, ...notice }: SendNotice): EntryMaker {
  const { placement, policy, detector, report } = facts
  return (seq, salt) => ({
    kind: 'send',
    ...described(notice, seq, salt),
    bytes: head.byteLength + body.byteLength,
    headHash: saltedHash(salt, head),
    ...(body.byteLength === 0 ? {} : { bodyBytes: body.byteLength, bodyHash: saltedHash(salt, body) }),
    ...(notice.spki === undefined ? {} : { spki: notice.spki }),
    ...(placement === undefined ? {} : { placement }),
    ...(policy === undefined ? {} : { policy }),
    ...(detector === undefined ? {} : { detector }),
    ...(report === undefined ? {} : { found: report.findings, done: report.actions }),
  })
}

/** `unsent`: a send of which nothing left. */
export function unsentEntry(notice: UnsentNotice): EntryMaker {
  return (seq, salt) => ({ kind: 'unsent', ...described(notice, seq, salt), bytes: 0, code: notice.code })
}

/** `end`: what became of a send. */
export function endEntry({ of, at, mono, bytes, status, code }: EndNotice): EntryMaker {
  return (seq) => ({
    kind: 'end',
    seq,
    of,
    ...times({ at, mono }),
    bytes,
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
  })
}

/** Wall and monotonic time as entries hold them: whole milliseconds. */
export function times({ at, mono }: { readonly at: number; readonly mono: number }) {
  return { at: Math.round(at), mono: Math.round(mono) }
}

function described(notice: Omit<UnsentNotice, 'code'>, seq: number, salt: Buffer) {
  const { to, purpose, dataClass, requestId } = notice
  return {
    seq,
    ...times(notice),
    to,
    purpose,
    class: dataClass,
    ...(requestId === undefined ? {} : { request: requestMark(salt, requestId) }),
  }
}
