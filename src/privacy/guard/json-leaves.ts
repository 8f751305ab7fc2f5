/** A key, a string or a number of a JSON text: where it stands (quotes included) and what it says. */
export interface JsonLeaf {
  readonly kind: 'key' | 'string' | 'number'
  readonly value: string
  readonly start: number
  readonly end: number
}

/** All keys and values of a JSON text in order; undefined when it is none. */
export function jsonLeaves(text: string): readonly JsonLeaf[] | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  const leaves: JsonLeaf[] = []
  for (let index = 0; index < text.length; ) {
    const character = text.charCodeAt(index)
    if (character === quote) {
      const end = endOfString(text, index)
      const literal = text.slice(index, end)
      const value = literal.includes('\\') ? String(JSON.parse(literal)) : literal.slice(1, -1)
      leaves.push({ kind: isKey(text, end) ? 'key' : 'string', value, start: index, end })
      index = end
    } else if (isNumber(character)) {
      const end = endOfNumber(text, index)
      leaves.push({ kind: 'number', value: text.slice(index, end), start: index, end })
      index = end
    } else index += 1
  }
  return leaves
}

const quote = 0x22
const number = /[-+.\deE]*/y

function isNumber(code: number): boolean {
  return code === 0x2d || (code >= 0x30 && code <= 0x39)
}

function endOfNumber(text: string, start: number): number {
  number.lastIndex = start
  number.test(text)
  return number.lastIndex
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text[end - 1 - slashes] === '\\') slashes += 1
    if (slashes % 2 === 0) return end + 1
  }
}

function isKey(text: string, end: number): boolean {
  let index = end
  while (index < text.length && ' \t\r\n'.includes(text.charAt(index))) index += 1
  return text[index] === ':'
}
