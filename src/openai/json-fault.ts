/**
 * Where a text stops being JSON: the index of the first character that cannot stand there, or the text's length when it ends too early.
 * Undefined for valid JSON. Recurses once per level, so check the depth first.
 */
export function findJsonFault(text: string): number | undefined {
  const scanner = { text, at: 0 }
  skipSpace(scanner)
  if (!skipValue(scanner)) return Math.min(scanner.at, text.length)
  skipSpace(scanner)
  return scanner.at < text.length ? scanner.at : undefined
}

interface Scanner {
  readonly text: string
  at: number
}

const numberLiteral = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

function skipValue(scanner: Scanner): boolean {
  switch (scanner.text[scanner.at]) {
    case '{':
      return skipList(scanner, '}', skipMember)
    case '[':
      return skipList(scanner, ']', skipValue)
    case '"':
      return skipString(scanner)
    case 't':
      return skipWord(scanner, 'true')
    case 'f':
      return skipWord(scanner, 'false')
    case 'n':
      return skipWord(scanner, 'null')
    default:
      return skipPattern(scanner, numberLiteral)
  }
}

function skipList(scanner: Scanner, close: string, skipItem: (scanner: Scanner) => boolean): boolean {
  scanner.at += 1
  skipSpace(scanner)
  if (skipWord(scanner, close)) return true
  while (true) {
    if (!skipItem(scanner)) return false
    skipSpace(scanner)
    if (skipWord(scanner, close)) return true
    if (!skipWord(scanner, ',')) return false
    skipSpace(scanner)
  }
}

function skipMember(scanner: Scanner): boolean {
  if (scanner.text[scanner.at] !== '"' || !skipString(scanner)) return false
  skipSpace(scanner)
  if (!skipWord(scanner, ':')) return false
  skipSpace(scanner)
  return skipValue(scanner)
}

function skipString(scanner: Scanner): boolean {
  const { text } = scanner
  for (scanner.at += 1; scanner.at < text.length; ) {
    const code = text.charCodeAt(scanner.at)
    if (code === 0x22) {
      scanner.at += 1
      return true
    }
    if (code < 0x20) return false
    if (code !== 0x5c) scanner.at += 1
    else if (!skipPattern(scanner, escapeSequence)) return false
  }
  return false
}

function skipWord(scanner: Scanner, word: string): boolean {
  if (!scanner.text.startsWith(word, scanner.at)) return false
  scanner.at += word.length
  return true
}

function skipPattern(scanner: Scanner, pattern: RegExp): boolean {
  pattern.lastIndex = scanner.at
  if (!pattern.test(scanner.text)) return false
  scanner.at = pattern.lastIndex
  return true
}

function skipSpace(scanner: Scanner): void {
  while (' \t\n\r'.includes(scanner.text[scanner.at] ?? '-')) scanner.at += 1
}
