import { withoutPercentEscapes } from './percent-escapes.ts'

/** Addresses in addresses are escaped twice. */
const mostEscapes = 2

/** An address as a person reads it: without its escapes, valid or not, and these undone twice. */
export function readableAddress(address: string): string {
  let text = address
  for (let times = 0; times < mostEscapes; times += 1) text = withoutPercentEscapes(text) ?? text
  return text
}

/** What an address says behind the name of its host, with a blank for each mark that joins words there. */
export function wordsOfAddress(address: string): string {
  return partsOfAddress(address).replaceAll(/[-_.+~]+/g, ' ')
}

/** What an address says behind the name of its host, with a blank between its parts. */
export function partsOfAddress(address: string): string {
  return readableAddress(address)
    .replace(/^https?:\/\/[^/?#]*/i, '')
    .replaceAll(/[/?&=#;:,|\\]+/g, ' ')
    .trim()
}
