/** Alphabets with two cases end before this. */
const end = 0x2000
const folded = Uint16Array.from({ length: end }, (_, unit) => {
  const lower = String.fromCharCode(unit).toLowerCase()
  return lower.length === 1 ? lower.charCodeAt(0) : unit
})

/** A UTF-16 unit without its case. */
export function foldCase(unit: number): number {
  return unit < end ? (folded[unit] ?? unit) : unit
}
