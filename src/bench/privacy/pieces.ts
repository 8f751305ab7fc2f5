/** About so many UTF-16 units to a piece. */
const pieceUnits = 20_000

/** A long text in pieces that end where lines do. */
export function piecesOf(text: string): readonly string[] {
  const pieces: string[] = []
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf('\n', start + pieceUnits)
    const end = lineEnd === -1 ? text.length : lineEnd + 1
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}
