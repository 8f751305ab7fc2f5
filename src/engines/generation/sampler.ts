import { EdgewiseError } from '../../spec/errors.ts'
import type { Random } from '../../spec/ports.ts'
import type { Sampling } from '../../spec/request.ts'
import { mostProbable } from './most-probable.ts'
import { nucleusFloor } from './nucleus.ts'
import { softmaxWeights } from './softmax-weights.ts'

/**
 * Draws the next token from one row of logits: temperature, then top-k, then top-p. Takes one random number, or none when it is greedy.
 * Throws `model-invalid` when the row holds no finite maximum.
 */
export function sampleToken(
  logits: Float32Array,
  { temperature, topK, topP }: Omit<Sampling, 'seed'>,
  random: Random,
): number {
  const best = largest(logits)
  if (temperature === 0) return best
  if (topK === 0 || topK >= logits.length) {
    const weights = softmaxWeights(logits, logits[best] ?? 0, temperature)
    return draw(weights, topP < 1 ? nucleusFloor(weights, topP) : 0, random)
  }
  // The few kept ones are a row of their own, most probable first.
  const ids = mostProbable(logits, topK)
  const weights = softmaxWeights(
    Float32Array.from(ids, (id) => logits[id] ?? 0),
    logits[best] ?? 0,
    temperature,
  )
  return ids[draw(weights, topP < 1 ? nucleusFloor(weights, topP) : 0, random)] ?? best
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
  if (Number.isFinite(highest)) return best
  throw new EdgewiseError(
    'model-invalid',
    `the model gave logits without a finite maximum (${highest}); its weights are damaged`,
  )
}

/** Draws a place among the weights of at least `floor`, each as likely as its weight says. */
function draw(weights: Float32Array, floor: number, random: Random): number {
  let mass = 0
  for (let place = 0; place < weights.length; place++) {
    const weight = weights[place] ?? 0
    if (weight >= floor) mass += weight
  }
  let left = random() * mass
  let last = 0
  for (let place = 0; place < weights.length; place++) {
    const weight = weights[place] ?? 0
    if (weight === 0 || weight < floor) continue
    left -= weight
    if (left < 0) return place
    last = place
  }
  return last
}
