import type { Canary } from './canary.ts'

const words = /zq[a-p]{8}qz/gi
/** Numbers as they may be written: `+49 30 12345678`, `02:77:01:…`, `DE12…`, `SN77…`, `12345678Z`. */
const numbers = /[a-z]{0,2}\d(?:[ .:-]?\d){7,22}[a-z]?/gi

/** What has no eight legible characters in a row holds no canary. */
const legible = /[\0\n\x20-\x7e]{8}/

/**
 * The canaries in some bytes, however they are written. It shares no code with what it examines: it undoes every encoding that it can, twice, and looks for what
 * only a canary looks like.
 */
export function findCanaries(bytes: Uint8Array, known: ReadonlyMap<string, Canary>): ReadonlySet<Canary> {
  const found = new Set<Canary>()
  for (const view of viewsOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'), 3)) {
    for (const [word] of view.matchAll(words)) add(found, known.get(word.toLowerCase()))
    for (const [number] of view.matchAll(numbers)) addNumber(found, number, known)
  }
  return found
}

function add(found: Set<Canary>, canary: Canary | undefined): void {
  if (canary !== undefined) found.add(canary)
}

/** With and without the letters around the digits, which may belong to something else. */
function addNumber(found: Set<Canary>, written: string, known: ReadonlyMap<string, Canary>): void {
  const whole = written.replace(/[ .:-]/g, '').toLowerCase()
  const digits = whole.replace(/^[a-z]+/, '')
  for (const needle of [whole, whole.replace(/[a-z]$/, ''), digits, digits.replace(/[a-z]$/, '')])
    add(found, known.get(needle))
}

function* viewsOf(text: string, depth: number): Generator<string> {
  yield text
  if (depth === 0) return
  const unescaped = text.replace(/\\u([0-9a-f]{4})|\\(["\\/nrt])/gi, (_, unit?: string, plain = '') =>
    unit === undefined
      ? ({ n: '\n', r: '\r', t: '\t' }[plain as 'n'] ?? plain)
      : String.fromCharCode(Number.parseInt(unit, 16)),
  )
  if (unescaped !== text) yield* viewsOf(unescaped, depth - 1)
  const decoded = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  if (decoded !== text) yield* viewsOf(decoded, depth - 1)
  if (text.includes('\0')) yield* viewsOf(text.replaceAll('\0', ''), depth - 1)
  const inner = [...hexTexts(text), ...base64Texts(text)].filter((decoded) => legible.test(decoded)).join('\n')
  if (inner !== '') yield* viewsOf(inner, depth - 1)
}

function* hexTexts(text: string): Generator<string> {
  for (const [run] of text.matchAll(/[0-9a-f]{16,}/gi)) {
    yield Buffer.from(run, 'hex').toString('latin1')
    yield Buffer.from(run.slice(1), 'hex').toString('latin1')
  }
  for (const [run] of text.matchAll(/[0-9a-f]{2}(?:[ :][0-9a-f]{2}){7,}|(?:\\x[0-9a-f]{2}){8,}/gi)) {
    yield Buffer.from(run.replace(/\\x|[ :]/g, ''), 'hex').toString('latin1')
  }
}

function* base64Texts(text: string): Generator<string> {
  const joined = text.replace(/\n(?<=[A-Za-z0-9+/]{64}\n)(?=[A-Za-z0-9+/])/g, '')
  for (const [run] of joined.matchAll(/[A-Za-z0-9+/_-]{12,}/g)) {
    for (let skipped = 0; skipped < 4; skipped += 1) yield Buffer.from(run.slice(skipped), 'base64').toString('latin1')
  }
}
