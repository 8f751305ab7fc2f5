import { EdgewiseError } from '../spec/errors.ts'
import { bytesText } from './bytes-text.ts'
import type { RepositoryVariant } from './repository-variants.ts'

/** What this machine has left, in bytes. */
export interface DeviceRoom {
  readonly memoryBytes: number
  readonly diskBytes: number
}

/** A variant with whether it fits this machine, for a person and for the choice. */
export interface OfferedVariant extends RepositoryVariant {
  readonly fits: boolean
  /** Why it does not. */
  readonly because?: string
}

/** Weights, a quarter of them for buffers and repacked copies, and what the process itself takes. An estimate: it decides what is suggested, and forbids nothing that is asked for by name. */
export function neededMemoryBytes(weightBytes: number): number {
  return Math.round(weightBytes * 1.25) + 256 * 2 ** 20
}

/** Every variant, with whether it fits. */
export function offerVariants(variants: readonly RepositoryVariant[], room: DeviceRoom): readonly OfferedVariant[] {
  return variants.map((variant) => {
    const memory = neededMemoryBytes(variant.weightBytes)
    if (memory > room.memoryBytes) {
      const because = `needs about ${bytesText(memory)} of memory, ${bytesText(room.memoryBytes)} are free`
      return { ...variant, fits: false, because }
    }
    if (variant.weightBytes > room.diskBytes) {
      const because = `needs ${bytesText(variant.weightBytes)} of disk, ${bytesText(room.diskBytes)} are free`
      return { ...variant, fits: false, because }
    }
    return { ...variant, fits: true }
  })
}

/**
 * The variant asked for by name, else the best one that fits; a GGUF file is never taken unasked. Throws `model-not-found`, listing what
 * there is, when there is none such.
 */
export function chooseRepositoryVariant(
  offers: readonly OfferedVariant[],
  { id, wanted }: { id: string; wanted: string | undefined },
): OfferedVariant {
  if (offers.length === 0) {
    const message = `${id} has neither ONNX graphs (model*.onnx) nor .gguf files: look for an export of it, such as those of onnx-community`
    throw new EdgewiseError('model-not-found', message)
  }
  const list = offers.map(tellOffer).join('\n')
  if (wanted !== undefined) {
    const named = offers.find(({ name }) => name === wanted) ?? offers.find(({ name }) => sameName(name, wanted))
    if (named !== undefined) return named
    throw new EdgewiseError('model-not-found', `${id} has no variant ${wanted}. It has:\n${list}`)
  }
  const best = offers.find(({ kind, fits }) => kind === 'onnx' && fits)
  if (best !== undefined) return best
  const why = offers.some(({ kind }) => kind === 'onnx')
    ? 'no ONNX variant fits this machine'
    : 'it has only GGUF files'
  throw new EdgewiseError('model-not-found', `${id}: ${why}. Name one to pull it, as in hf:${id}:VARIANT.\n${list}`)
}

/** One line about a variant, for a list. */
export function tellOffer({ name, kind, weightBytes, because }: OfferedVariant): string {
  const size = bytesText(weightBytes).padStart(9)
  return `  ${name.padEnd(14)} ${kind} ${size}  ${because ?? 'fits this machine'}`
}

function sameName(first: string, second: string): boolean {
  return first.toLowerCase() === second.toLowerCase()
}
