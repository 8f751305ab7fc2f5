/** True for eight groups of hexadecimal digits, or fewer with one `::`; a digit and two groups at least, so that `a::b` of a program is none. */
export function isIPv6(text: string): boolean {
  if (!/\d/.test(text)) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false
  return halves.length === 1 ? groups.length === 8 : groups.length >= 2 && groups.length <= 7
}
