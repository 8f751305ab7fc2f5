type Form = readonly [name: string, write: (text: string) => string]

const utf8 = (text: string) => Buffer.from(text)
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const pairs = (bytes: Buffer) => bytes.toString('hex').match(/../g) ?? []

/** Ways to write a text so that it does not read as it is. */
export const encodedForms: readonly Form[] = [
  [
    'JSON escapes',
    (text) => pairs(utf16(text).swap16()).reduce((all, byte, at) => all + (at % 2 === 0 ? `\\u${byte}` : byte), ''),
  ],
  ['base64', (text) => utf8(`x ${text}`).toString('base64')],
  ['base64 behind two letters', (text) => utf8(`at ${text}`).toString('base64')],
  ['base64 for URLs', (text) => utf8(`?? ~~ ${text}`).toString('base64url')],
  [
    'base64 in lines',
    (text) =>
      utf8(`${'note '.repeat(20)}${text}`)
        .toString('base64')
        .replace(/.{64}/g, '$&\n'),
  ],
  ['data URL', (text) => `data:text/plain;base64,${utf8(text).toString('base64')}`],
  [
    'percent signs',
    (text) =>
      pairs(utf8(text))
        .map((byte) => `%${byte}`)
        .join(''),
  ],
  [
    'percent signs in capitals',
    (text) =>
      pairs(utf8(text))
        .map((byte) => `%${byte.toUpperCase()}`)
        .join(''),
  ],
  ['hexadecimal', (text) => utf8(text).toString('hex')],
  ['hexadecimal in capitals', (text) => utf8(text).toString('hex').toUpperCase()],
  ['hexadecimal with colons', (text) => pairs(utf8(text)).join(':')],
  [
    'hexadecimal with marks',
    (text) =>
      pairs(utf8(text))
        .map((byte) => `\\x${byte}`)
        .join(''),
  ],
  ['UTF-16, little end first', (text) => utf16(text).toString('latin1')],
  ['UTF-16, big end first', (text) => utf16(text).swap16().toString('latin1')],
  ['base64 of UTF-16', (text) => utf16(text).toString('base64')],
  ['base64 in base64', (text) => utf8(utf8(text).toString('base64')).toString('base64')],
]
