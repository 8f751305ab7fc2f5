import { bytesText } from '../model-store/bytes-text.ts'
import { formatModelReference } from '../model-store/model-reference.ts'
import type { PulledModel } from '../model-store/pulled-models.ts'
import { totalBytes } from '../model-store/total-bytes.ts'
import type { ModelManifest, ModelVariant } from '../spec/model-manifest.ts'

/** One line about a model, for a list. */
export function tellModelLine({
  id,
  architecture,
  contextTokens,
  variants: [chosen, ...others],
}: ModelManifest): string {
  const size = chosen === undefined ? '' : `, ${chosen.name} of ${bytesText(chosen.bytes)}`
  const more = others.length === 0 ? '' : `, ${others.length} more ${others.length === 1 ? 'variant' : 'variants'}`
  return `${id}: ${architecture}, ${contextTokens} tokens of context${size}${more}`
}

/** One line about a pulled model: what to write as `model:`, and what it takes. */
export function tellPulled({ manifest }: PulledModel): string {
  const { org, name, revision, variant, commit, pulledAt } = manifest
  const reference = formatModelReference({ org, name, revision, ...(variant === undefined ? {} : { variant }) })
  return `${reference}: ${bytesText(totalBytes(manifest))}, commit ${commit.slice(0, 12)}, pulled ${pulledAt.slice(0, 10)}`
}

/** A model with its shape, and every quantisation with its size and why it is taken or not. */
export function tellModel(model: ModelManifest): string {
  const kvBytes = 2 * model.layers * model.kvHeads * model.headDim * Float32Array.BYTES_PER_ELEMENT
  const names = model.variants.map(({ name }) => name.length)
  return [
    `${model.id} (${model.folder})`,
    `  ${model.architecture}: ${model.layers} layers, hidden size ${model.hiddenSize}, ${model.kvHeads} KV heads of ${model.headDim}`,
    `  vocabulary of ${model.vocabulary}, context of ${model.contextTokens} tokens, ${bytesText(kvBytes)} of KV cache per token in f32`,
    '  quantisations, the one that is taken first:',
    ...model.variants.map((variant) => tellVariant(variant, Math.max(...names))),
  ].join('\n')
}

function tellVariant({ name, path, bytes: size, note }: ModelVariant, width: number): string {
  return `    ${name.padEnd(width)}  ${bytesText(size).padStart(8)}  ${path}: ${note}`
}
