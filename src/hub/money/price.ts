import type { Usage } from '../../spec/stream-part.ts'

/** What tokens cost, in the hub's currency per million tokens, as the settings give it. */
export interface PriceList {
  readonly input: number
  readonly output: number
  /** Prompt tokens that the upstream had in its cache; absent: as input. */
  readonly cachedInput?: number | undefined
}

/** Price of one token in millionths of a micro-unit of the currency: whole numbers, so that sums are exact. */
export interface Price {
  readonly input: number
  readonly output: number
  readonly cachedInput: number
}

/** One unit a million tokens is one micro-unit a token. */
const partsPerMicro = 1_000_000

/** The price of a token from the price list. */
export function priceOf({ input, output, cachedInput = input }: PriceList): Price {
  const parts = (perMillion: number) => Math.round(perMillion * partsPerMicro)
  return { input: parts(input), output: parts(output), cachedInput: parts(cachedInput) }
}

/** True when nothing is to be paid, whatever the usage. */
export function isFree(price: Price | undefined): boolean {
  return price === undefined || (price.input === 0 && price.output === 0 && price.cachedInput === 0)
}

/** Cost in whole micro-units of the currency, rounded up. */
export function costMicros(price: Price, { promptTokens, cachedTokens = 0, completionTokens }: Usage): number {
  const cached = Math.min(cachedTokens, promptTokens)
  const parts = (promptTokens - cached) * price.input + cached * price.cachedInput + completionTokens * price.output
  return Math.ceil(parts / partsPerMicro)
}

/** Most that a prompt and an answer of so many tokens can cost. */
export function mostMicros(price: Price, tokens: { readonly prompt: number; readonly completion: number }): number {
  const input = Math.max(price.input, price.cachedInput)
  return Math.ceil((tokens.prompt * input + tokens.completion * price.output) / partsPerMicro)
}
