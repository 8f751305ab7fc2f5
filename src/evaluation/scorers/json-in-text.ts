/** The JSON object in a text: the whole of it, what stands between its first and last brace, or undefined. */
export function jsonInText(text: string): Readonly<Record<string, unknown>> | undefined {
  return objectIn(text) ?? objectIn(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
