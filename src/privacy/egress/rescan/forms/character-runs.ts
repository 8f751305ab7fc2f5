/** A set of ASCII characters, to look one up by its code. */
export function characterSet(characters: string): Uint8Array {
  const set = new Uint8Array(128)
  for (const character of characters) set[character.charCodeAt(0)] = 1
  return set
}

/** Calls back with each run, [start, end), of `least` characters or more that are all in the set. Written out: a regular expression runs out of stack on a long run. */
export function eachRun(
  text: string,
  set: Uint8Array,
  least: number,
  onRun: (start: number, end: number) => void,
): void {
  let start = -1
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 0
    if (code < 128 && set[code] === 1) {
      if (start < 0) start = at
    } else if (start >= 0) {
      if (at - start >= least) onRun(start, at)
      start = -1
    }
  }
}
