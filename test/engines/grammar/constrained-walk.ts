import type { Constraint } from '../../../src/engines/generation/constraint.ts'
import { isInMask } from '../../../src/engines/generation/token-mask.ts'
import type { Tokenizer } from '../../../src/engines/tokenizer/tokenizer.ts'
import type { Random } from '../../../src/spec/ports.ts'

export interface WalkOptions {
  readonly constraint: Constraint
  readonly tokenizer: Pick<Tokenizer, 'bytesOf'>
  readonly endId: number
  /** Numbers in a row of logits. */
  readonly size: number
  readonly random: Random
  /** Tokens after which the walk looks for the shortest way out. */
  readonly patience?: number
  /** Most tokens of a text. */
  readonly room?: number
}

const never = new AbortController().signal

/** The text of random tokens that a constraint allows, up to its end; undefined when it has not ended when there is no room left. */
export async function walk({
  constraint,
  tokenizer,
  endId,
  size,
  random,
  patience = 40,
  room = 600,
}: WalkOptions): Promise<string | undefined> {
  const bytes: Uint8Array[] = []
  for (let step = 0; step < room; step++) {
    const id = await next(step)
    if (id === endId) return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(bytes))
    bytes.push(tokenizer.bytesOf(id))
  }
  return undefined

  async function next(step: number): Promise<number> {
    const free = Math.floor(random() * size)
    if (await constraint.accept(free, never)) return free
    const mask = await constraint.mask(never)
    const allowed = Array.from({ length: size }, (_, id) => id).filter((id) => isInMask(mask, id))
    if (allowed.length === 0) throw new Error('the mask allows nothing')
    const id = step < patience ? allowed[Math.floor(random() * allowed.length)] : closing(allowed)
    if (id === undefined || !(await constraint.accept(id, never)))
      throw new Error(`the mask allows ${id}, which is refused`)
    return id
  }

  /** The end, else a token that closes something, else any. */
  function closing(allowed: readonly number[]): number | undefined {
    if (allowed.includes(endId)) return endId
    const text = (id: number) => Buffer.from(tokenizer.bytesOf(id)).toString()
    const closers = ['"', ']', '}', '"]', '"}'].flatMap((closer) => allowed.filter((id) => text(id) === closer))
    return closers[0] ?? allowed[Math.floor(random() * allowed.length)]
  }
}
