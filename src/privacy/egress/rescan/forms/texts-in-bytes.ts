/** What bytes say when they are text: as UTF-8, or as UTF-16 of either order. None when they are no text. */
export function textsInBytes(bytes: Uint8Array): readonly string[] {
  const narrow = looksLikeText(bytes.subarray(0, probed)) ? new TextDecoder().decode(bytes) : ''
  if (narrow !== '' && isText(narrow)) return [narrow]
  return [...wideTexts(bytes)]
}

/** UTF-16 of either order, from the first byte or the second. */
export function* wideTexts(bytes: Uint8Array): Generator<string> {
  if (bytes.length < 4) return
  for (const from of [0, 1]) {
    for (const order of ['utf-16le', 'utf-16be']) {
      const decoder = new TextDecoder(order)
      if (!isWideText(decoder.decode(evenPart(bytes, from, probed)))) continue
      yield decoder.decode(evenPart(bytes, from, bytes.length))
    }
  }
}

/** So many bytes tell whether it is worth reading on. */
const probed = 256

function looksLikeText(bytes: Uint8Array): boolean {
  let strange = 0
  for (const byte of bytes) if (byte <= 0x7f && isControl(byte)) strange += 1
  return isFew(strange, bytes.length)
}

function isText(text: string): boolean {
  let strange = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (isControl(unit) || unit === 0xfffd) strange += 1
  }
  return isFew(strange, text.length)
}

function isControl(unit: number): boolean {
  return (unit < 0x20 && unit !== 9 && unit !== 10 && unit !== 13) || (unit >= 0x7f && unit < 0xa0)
}

function isFew(count: number, length: number): boolean {
  return count * 20 <= length + 20
}

const usual = /[\x20-\x7e\u00a0-\u024f\s]|\p{Script=Han}|[\u3000-\u30ff\uff00-\uffef]/gu

/** Letters of European alphabets, or of Chinese and Japanese: noise has units of every kind. */
function isWideText(text: string): boolean {
  const beginning = text.slice(0, probed)
  return isFew(beginning.length - (beginning.match(usual)?.length ?? 0), beginning.length)
}

function evenPart(bytes: Uint8Array, from: number, most: number): Uint8Array {
  const length = Math.min(most, bytes.length - from) & ~1
  return bytes.subarray(from, from + length)
}
