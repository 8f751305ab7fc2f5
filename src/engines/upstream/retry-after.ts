/** Longest wait worth passing on. */
const maxSeconds = 86_400

/** Seconds that a server asks to wait, from `retry-after-ms` or `retry-after` (seconds or a date), or undefined. */
export function retryAfterSeconds(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const milliseconds = Number.parseFloat(headers['retry-after-ms'] ?? '')
  if (Number.isFinite(milliseconds)) return clamp(milliseconds / 1000)
  const text = headers['retry-after']?.trim() ?? ''
  if (/^-?\d+(\.\d+)?$/.test(text)) return clamp(Number(text))
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : clamp((date - nowMs) / 1000)
}

function clamp(seconds: number): number {
  return Math.min(maxSeconds, Math.max(0, seconds))
}
