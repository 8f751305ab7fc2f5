import { hash } from 'node:crypto'

const leafMark = Buffer.of(0)
const nodeMark = Buffer.of(1)
const beginning = Buffer.alloc(32)

/**
 * All entries up to one, in two hashes: `head` chains them, h(i) = SHA-256(0x01 ‖ h(i-1) ‖ entry), and `root` is the Merkle tree hash of RFC 6962 over them,
 * whose unfinished edge is the `frontier`: one hash for each bit that is set in `size`, the largest subtree first.
 */
export class History {
  size: number
  head: Buffer
  readonly frontier: Buffer[]

  /** From nothing, or from where another history stands. */
  constructor(from: Partial<Pick<History, 'size' | 'head' | 'frontier'>> = {}) {
    this.size = from.size ?? 0
    this.head = from.head ?? beginning
    this.frontier = [...(from.frontier ?? [])]
  }

  /** Adds one entry, as `canonical` wrote it. */
  add(entry: string): void {
    const bytes = Buffer.from(entry, 'latin1')
    this.head = digest(Buffer.concat([nodeMark, this.head, bytes]))
    let subtree = digest(Buffer.concat([leafMark, bytes]))
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) {
      subtree = digest(Buffer.concat([nodeMark, this.frontier.pop() ?? beginning, subtree]))
    }
    this.frontier.push(subtree)
    this.size += 1
  }

  get root(): Buffer {
    const [first = digest(Buffer.alloc(0)), ...larger] = this.frontier.toReversed()
    return larger.reduce((right, left) => digest(Buffer.concat([nodeMark, left, right])), first)
  }
}

function digest(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer')
}
