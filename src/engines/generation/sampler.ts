import { EdgewiseError } from '../../spec/errors.ts'
import type { Random } from '../../spec/ports.ts'
import type { Sampling } from '../../spec/request.ts'
import { mostProbable } from './most-probable.ts'
import { nucleusFloor } from './nucleus.ts'
import { softmaxWeights } from './softmax-weights.ts'
import { isInMask, maskedLogits } from './token-mask.ts'

export type Drawing = Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'minP'>

/**
 * Draws the next token from one row of logits: temperature, then top-k, top-p (Holtzman et al. 2019, arXiv:1904.09751) and min-p (Nguyen et al. 2024,
 * arXiv:2407.01082). With a `mask` it draws from those among them that the mask allows, from all allowed ones when there are none: to draw freely and,
 * when that token is not allowed, once more with the mask is then the same as to draw with the mask at once. Takes one random number, or none when
 * greedy. Throws `model-invalid` when the row holds no finite maximum.
 */
export function sampleToken(logits: Float32Array, drawing: Drawing, random: Random, mask?: Uint32Array): number {
  if (mask !== undefined && drawing.temperature === 0) return largestAllowed(logits, mask)
  const best = largest(logits)
  const drawn = drawing.temperature === 0 ? best : draw(candidates(logits, best, drawing), random, mask)
  if (mask === undefined) return drawn ?? best
  if (drawn !== undefined && isInMask(mask, drawn)) return drawn
  return sampleToken(maskedLogits(logits, mask), drawing, random)
}

/** Tokens that may be drawn: their weights, those under `floor` being out. The place of a weight is the token's id, unless `ids` says it. */
interface Candidates {
  readonly weights: Float32Array
  readonly floor: number
  readonly ids?: Int32Array
}

function candidates(logits: Float32Array, best: number, { temperature, topK, topP, minP = 0 }: Drawing): Candidates {
  const highest = logits[best] ?? 0
  const keepsAll = topK === 0 || topK >= logits.length
  // The few kept ones are a row of their own, most probable first.
  const ids = keepsAll ? undefined : mostProbable(logits, topK)
  const row = ids === undefined ? logits : Float32Array.from(ids, (id) => logits[id] ?? 0)
  const weights = softmaxWeights(row, highest, temperature)
  // The most probable token weighs 1.
  const floor = Math.max(topP < 1 ? nucleusFloor(weights, topP) : 0, Math.fround(minP))
  return ids === undefined ? { weights, floor } : { weights, floor, ids }
}

/** Place of the largest logit, the first of equals. */
function largest(logits: Float32Array): number {
  let best = 0
  let highest = Number.NEGATIVE_INFINITY
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? 0
    if (logit > highest) {
      highest = logit
      best = id
    }
  }
  requireFinite(highest)
  return best
}

/** The same among those that the mask allows; where it allows few, few are looked at. */
function largestAllowed(logits: Float32Array, mask: Uint32Array): number {
  let best = 0
  let highest = Number.NEGATIVE_INFINITY
  for (let word = 0; word < mask.length; word++) {
    for (let bits = mask[word] ?? 0, id = 32 * word; bits !== 0; bits >>>= 1, id++) {
      if ((bits & 1) === 0) continue
      const logit = logits[id] ?? Number.NEGATIVE_INFINITY
      if (logit > highest) {
        highest = logit
        best = id
      }
    }
  }
  requireFinite(highest)
  return best
}

function requireFinite(highest: number): void {
  if (Number.isFinite(highest)) return
  throw new EdgewiseError(
    'model-invalid',
    `the model gave logits without a finite maximum (${highest}); its weights are damaged`,
  )
}

/** Draws one of the tokens, each as likely as its weight says; undefined, and no random number taken, when the mask leaves none. */
function draw({ weights, floor, ids }: Candidates, random: Random, mask: Uint32Array | undefined): number | undefined {
  let mass = 0
  for (let place = 0; place < weights.length; place++) {
    const weight = weights[place] ?? 0
    if (weight < floor) weights[place] = 0
    else if (mask !== undefined && !isInMask(mask, ids?.[place] ?? place)) weights[place] = 0
    else mass += weight
  }
  if (mass === 0) return undefined
  let left = random() * mass
  let last = 0
  for (let place = 0; place < weights.length; place++) {
    const weight = weights[place] ?? 0
    if (weight === 0) continue
    left -= weight
    last = place
    if (left < 0) break
  }
  return ids?.[last] ?? last
}
