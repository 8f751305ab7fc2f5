/** Bytes of DER (ITU-T X.690), the few kinds that a certificate is made of. */

function tagged(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content])
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  if (length < 0x100) return [0x81, length]
  if (length < 0x10000) return [0x82, length >> 8, length & 0xff]
  throw new RangeError(`${length} bytes are more than a certificate holds`)
}

/** The kinds by their names in ASN.1; each gives a whole element. */
export const der = {
  sequence: (...items: readonly Uint8Array[]) => tagged(0x30, ...items),
  set: (...items: readonly Uint8Array[]) => tagged(0x31, ...items),
  boolean: (value: boolean) => tagged(0x01, Uint8Array.of(value ? 0xff : 0)),
  /** A number from its big-endian bytes, of which the first is below 0x80 and, if others follow, above 0. */
  integer: (bytes: Uint8Array) => tagged(0x02, bytes),
  bitString: (bytes: Uint8Array, unusedBits = 0) => tagged(0x03, Uint8Array.of(unusedBits), bytes),
  octetString: (bytes: Uint8Array) => tagged(0x04, bytes),
  utf8String: (text: string) => tagged(0x0c, Buffer.from(text)),
  /** `YYMMDDHHMMSSZ`, 1950 to 2049. */
  utcTime: (text: string) => tagged(0x17, Buffer.from(text, 'latin1')),
  /** `YYYYMMDDHHMMSSZ`. */
  generalizedTime: (text: string) => tagged(0x18, Buffer.from(text, 'latin1')),
  objectId: (dotted: string) => tagged(0x06, Uint8Array.from(objectIdBytes(dotted))),
  /** An element inside of a context tag. */
  explicit: (tag: number, item: Uint8Array) => tagged(0xa0 | tag, item),
  /** Bytes whose kind the context tag tells. */
  implicit: (tag: number, bytes: Uint8Array) => tagged(0x80 | tag, bytes),
}

function objectIdBytes(dotted: string): number[] {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return [first * 40 + second, ...rest.flatMap(base128)]
}

function base128(arc: number): number[] {
  const bytes = [arc & 0x7f]
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) bytes.unshift((left & 0x7f) | 0x80)
  return bytes
}
