const letterOrDigit = /[\p{L}\p{N}]/u
const han = /\p{Script=Han}/u

/** True for a letter or digit of a script that puts something between its words. */
export function isWordUnit(unit: number): boolean {
  if (unit < 0x80) return (unit >= 0x30 && unit <= 0x39) || ((unit | 32) >= 0x61 && (unit | 32) <= 0x7a)
  const character = String.fromCharCode(unit)
  return letterOrDigit.test(character) && !han.test(character)
}

/** True for a Chinese character of the basic plane. */
export function isHan(unit: number): boolean {
  return unit >= 0x2e80 && han.test(String.fromCharCode(unit))
}
