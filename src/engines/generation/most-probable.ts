/**
 * Ids of the `count` largest logits, largest first; of equal ones the lower id comes first. Takes one pass and a heap of `count` ids:
 * a vocabulary of 150 000 is never sorted.
 */
export function mostProbable(logits: Float32Array, count: number): Int32Array {
  const size = Math.min(count, logits.length)
  const heap = new Int32Array(size)
  for (let id = 0; id < size; id++) heap[id] = id
  for (let root = (size >> 1) - 1; root >= 0; root--) sink(heap, logits, root)
  let weakest = logits[heap[0] ?? 0] ?? 0
  for (let id = size; id < logits.length; id++) {
    const logit = logits[id] ?? 0
    if (logit <= weakest) continue
    heap[0] = id
    sink(heap, logits, 0)
    weakest = logits[heap[0]] ?? 0
  }
  return heap.sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b)
}

/** Moves the id at `root` down until none below it is weaker. */
function sink(heap: Int32Array, logits: Float32Array, root: number): void {
  const id = heap[root] ?? 0
  let place = root
  for (;;) {
    const left = 2 * place + 1
    if (left >= heap.length) break
    const right = left + 1
    const weaker = right < heap.length && isWeaker(heap[right] ?? 0, heap[left] ?? 0, logits) ? right : left
    if (!isWeaker(heap[weaker] ?? 0, id, logits)) break
    heap[place] = heap[weaker] ?? 0
    place = weaker
  }
  heap[place] = id
}

function isWeaker(a: number, b: number, logits: Float32Array): boolean {
  const difference = (logits[a] ?? 0) - (logits[b] ?? 0)
  return difference < 0 || (difference === 0 && a > b)
}
