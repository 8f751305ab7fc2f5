const words = new Map([
  ['local', 'edge'],
  ['cloud', 'cloud'],
])

/** Where a placement runs, in one word; a placement that runs on both sides goes by its own name. */
export function placeWord(placement: string): string {
  return words.get(placement) ?? placement
}
