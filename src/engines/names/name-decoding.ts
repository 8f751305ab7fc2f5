import type { TokenClass } from '../../spec/ports.ts'
import type { NameToken } from './name-tokens.ts'

/** A tag and what it joins: it may follow any tag that leaves open what it goes on with; 0 is nothing, n the n-th entity. */
interface Tag {
  readonly entity: string
  readonly goesOnWith: number
  readonly leavesOpen: number
}

/**
 * The entities of the most probable legal sequence of BILOU tags; logits are (tokens, tags), row-major. The score of an entity is
 * the mean over its tokens of the probability of its class.
 */
export function decodeNames(
  logits: Float32Array,
  tokens: readonly NameToken[],
  tags: readonly string[],
): readonly TokenClass[] {
  const parsed = parseTags(tags)
  const path = bestPath(logits, parsed, tokens.length)
  const found: TokenClass[] = []
  let first = 0
  for (let index = 0; index < path.length; index += 1) {
    const tag = parsed[path[index] ?? 0]
    if (tag === undefined || tag.entity === '') continue
    if (tag.goesOnWith === 0) first = index
    const [start, end] = [tokens[first]?.start, tokens[index]?.end]
    if (tag.leavesOpen !== 0 || start === undefined || end === undefined) continue
    const score = meanProbability(logits, parsed, { entity: tag.entity, first, end: index + 1 })
    found.push({ entity: tag.entity, start, end, score })
  }
  return found
}

function parseTags(tags: readonly string[]): readonly Tag[] {
  const entities = [...new Set(tags.map((tag) => tag.slice(2)))].filter((entity) => entity !== '')
  return tags.map((tag) => {
    const [place, entity] = [tag[0], tag.slice(2)]
    const number = entities.indexOf(entity) + 1
    return {
      entity,
      goesOnWith: place === 'I' || place === 'L' ? number : 0,
      leavesOpen: place === 'B' || place === 'I' ? number : 0,
    }
  })
}

/** Viterbi. Legal steps cost nothing, so the best way to a tag is the best way to whatever leaves open what it goes on with. */
function bestPath(logits: Float32Array, tags: readonly Tag[], length: number): Uint8Array {
  const size = tags.length
  const joints = Math.max(...tags.map(({ leavesOpen }) => leavesOpen)) + 1
  /** Best score of anything that ends in each joint, and the tag it ends in; one row of `lastTag` for each token. */
  let scores = new Float64Array(joints).fill(Number.NEGATIVE_INFINITY)
  scores[0] = 0
  const lastTag = new Uint8Array(length * joints)
  for (let token = 0; token < length; token += 1) {
    const next = new Float64Array(joints).fill(Number.NEGATIVE_INFINITY)
    for (let index = 0; index < size; index += 1) {
      const { goesOnWith = 0, leavesOpen = 0 } = tags[index] ?? {}
      const score = (scores[goesOnWith] ?? 0) + (logits[token * size + index] ?? 0)
      if (score <= (next[leavesOpen] ?? 0)) continue
      next[leavesOpen] = score
      lastTag[token * joints + leavesOpen] = index
    }
    scores = next
  }
  const path = new Uint8Array(length)
  let joint = 0
  for (let token = length - 1; token >= 0; token -= 1) {
    const tag = lastTag[token * joints + joint] ?? 0
    path[token] = tag
    joint = tags[tag]?.goesOnWith ?? 0
  }
  return path
}

function meanProbability(
  logits: Float32Array,
  tags: readonly Tag[],
  { entity, first, end }: { readonly entity: string; readonly first: number; readonly end: number },
): number {
  let sum = 0
  for (let token = first; token < end; token += 1) {
    const row = logits.subarray(token * tags.length, (token + 1) * tags.length)
    const most = Math.max(...row)
    let [own, all] = [0, 0]
    for (const [index, tag] of tags.entries()) {
      const weight = Math.exp((row[index] ?? 0) - most)
      all += weight
      if (tag.entity === entity) own += weight
    }
    sum += own / all
  }
  return sum / (end - first)
}
