import type { ModelManifest, ModelVariant } from '../spec/model-manifest.ts'

/** One line about a model, for a list. */
export function tellModelLine({
  id,
  architecture,
  contextTokens,
  variants: [chosen, ...others],
}: ModelManifest): string {
  const size = chosen === undefined ? '' : `, ${chosen.name} of ${bytes(chosen.bytes)}`
  const more = others.length === 0 ? '' : `, ${others.length} more ${others.length === 1 ? 'variant' : 'variants'}`
  return `${id}: ${architecture}, ${contextTokens} tokens of context${size}${more}`
}

/** A model with its shape, and every quantisation with its size and why it is taken or not. */
export function tellModel(model: ModelManifest): string {
  const kvBytes = 2 * model.layers * model.kvHeads * model.headDim * Float32Array.BYTES_PER_ELEMENT
  const names = model.variants.map(({ name }) => name.length)
  return [
    `${model.id} (${model.folder})`,
    `  ${model.architecture}: ${model.layers} layers, hidden size ${model.hiddenSize}, ${model.kvHeads} KV heads of ${model.headDim}`,
    `  vocabulary of ${model.vocabulary}, context of ${model.contextTokens} tokens, ${bytes(kvBytes)} of KV cache per token in f32`,
    '  quantisations, the one that is taken first:',
    ...model.variants.map((variant) => tellVariant(variant, Math.max(...names))),
  ].join('\n')
}

function tellVariant({ name, path, bytes: size, note }: ModelVariant, width: number): string {
  return `    ${name.padEnd(width)}  ${bytes(size).padStart(8)}  ${path}: ${note}`
}

function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, count)) / 10)))
  const value = count / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}
