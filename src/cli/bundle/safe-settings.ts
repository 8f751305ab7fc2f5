import { homedir } from 'node:os'

/** Settings for somebody else's eyes: keys, tokens and addresses with them are taken out, own recognizers give their kind and name only, the home folder is `~`. */
export function safeSettings(value: unknown): unknown {
  return safe(value, [])
}

/** Words of a setting's name that say that its value is secret. */
const secret = /key$|token|secret|password|credential/i
/** What a recognizer of the policy's own looks for may be a list of customers. */
const shownOfRecognizers: ReadonlySet<string> = new Set(['kind', 'name', 'entity', 'score'])

function safe(value: unknown, path: readonly string[]): unknown {
  const name = path.at(-1) ?? ''
  if (typeof value === 'string') return secret.test(name) ? removed(value) : safeText(value)
  if (Array.isArray(value)) return value.map((entry) => safe(entry, path))
  if (typeof value !== 'object' || value === null) return value
  const isRecognizer = path.includes('recognizers')
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isHidden = isRecognizer && !shownOfRecognizers.has(key)
      return [key, isHidden ? removed(inner) : safe(inner, [...path, key])]
    }),
  )
}

function removed(value: unknown): string {
  const size = typeof value === 'string' || Array.isArray(value) ? ` (length ${value.length})` : ''
  return `removed${size}`
}

/** A path without the name of its user, an address without user, password and query. */
function safeText(text: string): string {
  const url = /^https?:/i.test(text) ? URL.parse(text) : null
  if (url !== null) return `${url.origin}${url.pathname}`
  return text.replaceAll(homedir(), '~')
}
