import { EdgewiseError } from '../spec/errors.ts'
import { fetchFault } from '../spec/safe-url.ts'

const kinds = 'png, jpeg, gif, webp, bmp, avif, heic or tiff'
const dataUrl = /^data:image\/(?:png|jpe?g|gif|webp|bmp|x-ms-bmp|avif|heic|heif|tiff);base64,/i
/** Of an image inside of a request, decoded. */
const largestImageBytes = 20_971_520

/**
 * The address of an image that a model may be given: on the public internet, or the image itself as base64. Throws `invalid-request` with the reason, never
 * the address. Gives an address as every reader of addresses reads it. Nothing here fetches it; whoever stands upstream may.
 */
export function imageUrl(url: string, param: string): string {
  const fault = /^data:/i.test(url) ? dataFault(url) : fetchFault(url)
  if (fault === undefined) return /^data:/i.test(url) ? url : new URL(url).href
  throw new EdgewiseError(
    'invalid-request',
    `${param} ${fault}; send the image as data:image/png;base64, or an https:// address that anybody may fetch`,
    { param },
  )
}

function dataFault(url: string): string | undefined {
  const start = dataUrl.exec(url)?.[0].length
  if (start === undefined) return `must be an image of type ${kinds} in base64`
  if (!isBase64(url, start)) return 'is not valid base64'
  const bytes = Math.floor(((url.length - start) * 3) / 4)
  return bytes > largestImageBytes ? `has ${bytes} bytes; an image may have ${largestImageBytes}` : undefined
}

function isBase64(text: string, start: number): boolean {
  let end = text.length
  while (end > start && end > text.length - 2 && text.charCodeAt(end - 1) === 0x3d) end -= 1
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at)
    const letter = code | 32
    const isLetter =
      code < 0x80 && ((letter >= 0x61 && letter <= 0x7a) || (code >= 0x2f && code <= 0x39) || code === 0x2b)
    if (!isLetter) return false
  }
  return end > start
}
