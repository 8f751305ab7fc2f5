/**
 * The tokens of a vocabulary as a tree of their bytes, in the order in which it is walked: a node, then all that begin like it.
 * Each node is one byte; where several tokens have the same bytes, the node stands there once for each.
 */
export interface TokenTrie {
  /**
   * Three numbers for each node, side by side since memory is what a walk waits for: its byte in the lowest 8 bits and above them the number of bytes up
   * to it, itself included; the next node that does not begin like this one; the token that ends here, -1 where none does.
   */
  readonly nodes: Int32Array
  /** The first node of those that begin with a byte or a higher one, for each byte and for 256. */
  readonly roots: Int32Array
}

/** Numbers of one node. */
export const nodeSize = 3

export interface Word {
  readonly id: number
  readonly bytes: Uint8Array
}

/** A tree of these words; empty ones are left out. */
export function createTokenTrie(words: readonly Word[]): TokenTrie {
  const sorted = words.filter(({ bytes }) => bytes.length > 0).sort(byBytes)
  const size = sorted.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const nodes = new Int32Array(nodeSize * size)
  const roots = new Int32Array(257)
  /** Nodes on the way to the last word. */
  const path: number[] = []
  let made = 0
  const close = (depth: number) => {
    for (let node = path.pop(); node !== undefined; node = path.length >= depth ? path.pop() : undefined)
      nodes[nodeSize * node + 1] = made
  }
  let last: Uint8Array = new Uint8Array()
  for (const { id, bytes } of sorted) {
    const shared = sharedLength(last, bytes)
    // A word like the one before has no byte of its own: its last one is written again.
    const kept = Math.min(shared, bytes.length - 1)
    if (path.length > kept) close(kept + 1)
    for (let depth = kept; depth < bytes.length; depth++) {
      nodes[nodeSize * made] = (bytes[depth] ?? 0) | ((depth + 1) << 8)
      nodes[nodeSize * made + 2] = -1
      path.push(made++)
    }
    nodes[nodeSize * made - 1] = id
    last = bytes
  }
  if (path.length > 0) close(1)
  roots.fill(made)
  for (let node = 0, next = 0; node < made; node = nodes[nodeSize * node + 1] ?? made) {
    const byte = (nodes[nodeSize * node] ?? 0) & 0xff
    while (next <= byte) roots[next++] = node
  }
  return { nodes: nodes.slice(0, nodeSize * made), roots }
}

/** As `Buffer.compare`, which costs more than the few bytes of a token. */
function byBytes({ bytes: a }: Word, { bytes: b }: Word): number {
  const shared = sharedLength(a, b)
  return (a[shared] ?? -1) - (b[shared] ?? -1)
}

function sharedLength(a: Uint8Array, b: Uint8Array): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}
