import { EdgewiseError } from '../spec/errors.ts'
import type { ModelVariant } from '../spec/model-manifest.ts'
import type { GraphFacts, WeightKind } from './graph-facts.ts'

/** A graph of a folder, with what a look into it gave. */
export interface FoundGraph {
  readonly name: string
  readonly path: string
  /** What it is made of, or why it cannot be read. */
  readonly facts: GraphFacts | EdgewiseError
}

/** Best first, for a CPU. */
const ranking: readonly string[] = ['q4', 'q8', 'q4 f16', 'q8 f16', 'int8', 'fp32', 'fp16', 'int8 f16']

const weightNotes: Readonly<Record<WeightKind, string>> = {
  q4: '4-bit weights: the fewest bytes to read per token',
  q8: '8-bit weights: closer to the original than 4-bit, about half its speed',
  int8: '8-bit weights, activations scaled at run time: less exact and slower than the 8-bit kernels of MatMulNBits',
  fp16: '16-bit weights: a CPU converts them to f32 at every step, which is slower than f32',
  fp32: 'unquantised 32-bit weights: exact, and the most bytes to read per token',
}

/**
 * All graphs, the chosen one first: the one asked for by name, else the fastest for a CPU; each with its reason.
 * Throws `model-invalid` when none can be read, or the one asked for is not there or damaged.
 */
export function chooseVariant(graphs: readonly FoundGraph[], wanted: string | undefined): readonly ModelVariant[] {
  const ranked = graphs.toSorted((first, second) => rankOf(first) - rankOf(second))
  const chosen = wanted === undefined ? ranked[0] : ranked.find(({ name }) => name === wanted)
  if (chosen === undefined) {
    const names = ranked.map(({ name }) => name).join(', ')
    throw new EdgewiseError('model-invalid', `the model has no variant ${wanted}; there is ${names || 'none'}`)
  }
  if (chosen.facts instanceof EdgewiseError) throw chosen.facts
  const others = ranked.filter((graph) => graph !== chosen)
  const why = wanted === undefined ? 'chosen' : 'chosen by name'
  return [describe(chosen, why), ...others.map((graph) => describe(graph, 'not chosen'))]
}

function rankOf({ facts }: FoundGraph): number {
  if (facts instanceof EdgewiseError) return ranking.length
  const label = facts.half && facts.weights !== 'fp16' ? `${facts.weights} f16` : facts.weights
  const rank = ranking.indexOf(label)
  return rank === -1 ? ranking.length - 1 : rank
}

function describe({ name, path, facts }: FoundGraph, verdict: string): ModelVariant {
  if (facts instanceof EdgewiseError) return { name, path, bytes: 0, note: `${verdict}: ${facts.message}` }
  const activations = facts.half && facts.weights !== 'fp16' ? '; f16 activations, which a CPU converts' : ''
  return { name, path, bytes: facts.bytes, note: `${verdict}: ${weightNotes[facts.weights]}${activations}` }
}
