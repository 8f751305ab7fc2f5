/** Where a text stands inside a character, as UTF-8; `whole` is between two. */
export type Utf8State = keyof typeof continuations | 'whole'

/** What may come behind a state: bytes from, to, and the state behind them. */
const continuations = {
  lastByte: [[0x80, 0xbf, 'whole']],
  twoBytes: [[0x80, 0xbf, 'lastByte']],
  threeBytes: [[0x80, 0xbf, 'twoBytes']],
  behindE0: [[0xa0, 0xbf, 'lastByte']],
  behindE2: [
    [0x80, 0x80, 'behindE280'],
    [0x81, 0xbf, 'lastByte'],
  ],
  // Without U+2028 and U+2029, which end lines for some and not for others.
  behindE280: [
    [0x80, 0xa7, 'whole'],
    [0xaa, 0xbf, 'whole'],
  ],
  behindED: [[0x80, 0x9f, 'lastByte']],
  behindF0: [[0x90, 0xbf, 'twoBytes']],
  behindF4: [[0x80, 0x8f, 'twoBytes']],
} as const

const beginnings = [
  [0x00, 0x7f, 'whole'],
  [0xc2, 0xdf, 'lastByte'],
  [0xe0, 0xe0, 'behindE0'],
  [0xe2, 0xe2, 'behindE2'],
  [0xed, 0xed, 'behindED'],
  [0xe1, 0xef, 'twoBytes'],
  [0xf0, 0xf0, 'behindF0'],
  [0xf1, 0xf3, 'threeBytes'],
  [0xf4, 0xf4, 'behindF4'],
] as const

/** The state behind one more byte; undefined where the text would be no UTF-8. */
export function utf8After(state: Utf8State, byte: number): Utf8State | undefined {
  const ways = state === 'whole' ? beginnings : continuations[state]
  return ways.find(([first, last]) => first <= byte && byte <= last)?.[2]
}

/** The state behind more bytes. */
export function utf8Behind(state: Utf8State, bytes: Uint8Array): Utf8State | undefined {
  let next: Utf8State | undefined = state
  for (const byte of bytes) next = next === 'whole' && byte < 0x80 ? next : next && utf8After(next, byte)
  return next
}
