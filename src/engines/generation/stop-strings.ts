/** Text on its way out, held back while it might be the beginning of a stop string. */
export interface StopStrings {
  /** Takes the next text; gives what may be shown now. Once `stopped`, no more is shown. */
  push(text: string): string
  /** What was held back, when the text has ended without a stop string. */
  flush(): string
  readonly stopped: boolean
}

/**
 * Ends a text before the first of the given strings, wherever the pieces it comes in are cut.
 * `shown` is text of the same answer that the reader already has; a stop string may begin in it.
 */
export function createStopStrings(stop: readonly string[], shown = ''): StopStrings {
  const strings = stop.filter((string) => string !== '')
  let held = shown.slice(shown.length - heldLength(shown, strings))
  let heldShown = held.length
  let stopped = false

  function release(end: number): string {
    const text = held.slice(heldShown, end)
    held = held.slice(end)
    heldShown = Math.max(0, heldShown - end)
    return text
  }

  return {
    push(text) {
      if (stopped) return ''
      held += text
      const found = firstOf(strings, held)
      if (found === -1) return release(held.length - heldLength(held, strings))
      stopped = true
      return release(found)
    },
    flush: () => (stopped ? '' : release(held.length)),
    get stopped() {
      return stopped
    },
  }
}

/**
 * Place of the string that is complete first, of several the longest; -1 when there is none. Not of the one that begins first: in pieces, that
 * one might not have been complete yet, and the answer must not depend on the pieces.
 */
function firstOf(strings: readonly string[], text: string): number {
  const found = strings
    .map((string) => ({ place: text.indexOf(string), length: string.length }))
    .filter(({ place }) => place !== -1)
    .sort((a, b) => a.place + a.length - (b.place + b.length) || a.place - b.place)
  return found[0]?.place ?? -1
}

/** Length of the longest end of `text` that one of the strings begins with. */
function heldLength(text: string, strings: readonly string[]): number {
  let longest = 0
  for (const string of strings) {
    for (let length = Math.min(string.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(string.slice(0, length))) {
        longest = length
        break
      }
    }
  }
  return longest
}
