/** One past the closing quote of the JSON string that opens at `quote`; the end of the text when it is never closed. */
export function stringEnd(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    const unit = text[at]
    if (unit === '\\') at++
    else if (unit === '"') return at + 1
  }
  return text.length
}

/** One past the JSON value that begins at `start`: a string, a number or word, or an array or object to its closing bracket. */
export function valueEnd(text: string, start: number): number {
  const first = text[start]
  if (first === '"') return stringEnd(text, start)
  if (first !== '[' && first !== '{') return scalarEnd(text, start)
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const unit = text[at]
    if (unit === '"') at = stringEnd(text, at) - 1
    else if (unit === '[' || unit === '{') depth++
    else if ((unit === ']' || unit === '}') && --depth === 0) return at + 1
  }
  return text.length
}

function scalarEnd(text: string, start: number): number {
  let end = start
  while (end < text.length && /[-+.\w]/.test(text[end] ?? '')) end++
  return end
}
