/**
 * The tokens of a vocabulary as a tree of their bytes, in the order in which it is walked: a node, then all that begin like it.
 * Each node is one byte; where several tokens have the same bytes, the node stands there once for each.
 */
export interface TokenTrie {
  readonly bytes: Uint8Array
  /** Number of bytes up to a node, itself included. */
  readonly depths: Uint16Array
  /** The next node that does not begin like this one. */
  readonly ends: Uint32Array
  /** The token that ends at a node, -1 where none does. */
  readonly tokens: Int32Array
}

export interface Word {
  readonly id: number
  readonly bytes: Uint8Array
}

/** A tree of these words; empty ones are left out. */
export function createTokenTrie(words: readonly Word[]): TokenTrie {
  const sorted = words.filter(({ bytes }) => bytes.length > 0).toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
  const size = sorted.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const trie = {
    bytes: new Uint8Array(size),
    depths: new Uint16Array(size),
    ends: new Uint32Array(size),
    tokens: new Int32Array(size).fill(-1),
  }
  /** Nodes on the way to the last word. */
  const path: number[] = []
  let nodes = 0
  const close = (depth: number) => {
    for (let node = path.pop(); node !== undefined; node = path.length >= depth ? path.pop() : undefined)
      trie.ends[node] = nodes
  }
  let last = new Uint8Array()
  for (const { id, bytes } of sorted) {
    const shared = sharedLength(last, bytes)
    // A word like the one before has no byte of its own: its last one is written again.
    const kept = Math.min(shared, bytes.length - 1)
    if (path.length > kept) close(kept + 1)
    for (let depth = kept; depth < bytes.length; depth++) {
      trie.bytes[nodes] = bytes[depth] ?? 0
      trie.depths[nodes] = depth + 1
      path.push(nodes++)
    }
    trie.tokens[nodes - 1] = id
    last = Uint8Array.from(bytes)
  }
  if (path.length > 0) close(1)
  return {
    bytes: trie.bytes.slice(0, nodes),
    depths: trie.depths.slice(0, nodes),
    ends: trie.ends.slice(0, nodes),
    tokens: trie.tokens.slice(0, nodes),
  }
}

function sharedLength(a: Uint8Array, b: Uint8Array): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}
