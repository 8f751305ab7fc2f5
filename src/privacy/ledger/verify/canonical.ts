/**
 * The one way to write an entry down: JSON in ASCII, without spaces, names in the order of their UTF-16 units. Throws a TypeError for what is not text,
 * whole number, truth value, or a list or map of them.
 */
export function canonical(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value === 0 ? 0 : value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) throw new TypeError(`${typeof value} has no place in a ledger`)
  const named = value as Readonly<Record<string, unknown>>
  const fields = Object.keys(named).sort()
  return `{${fields.map((name) => `${quoted(name)}:${canonical(named[name])}`).join(',')}}`
}

function quoted(text: string): string {
  const unit = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, unit)
}
