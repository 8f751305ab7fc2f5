const narrowDecoder = new TextDecoder()
const wideDecoders = [new TextDecoder('utf-16le'), new TextDecoder('utf-16be')]

/** What bytes say when they are text: as UTF-8, or as UTF-16 of either order. None when they are no text. */
export function textsInBytes(bytes: Uint8Array): readonly string[] {
  const narrow = looksLikeText(bytes) ? narrowDecoder.decode(bytes) : ''
  if (narrow !== '' && isText(narrow)) return [narrow]
  return [...wideTexts(bytes)]
}

/** UTF-16 of either order, from the first byte or the second. */
export function* wideTexts(bytes: Uint8Array): Generator<string> {
  if (bytes.length < 4) return
  for (const from of [0, 1]) {
    for (const [high, decoder] of wideDecoders.entries()) {
      if (!looksLikeWideText(bytes, from, 1 - high)) continue
      yield decoder.decode(bytes.subarray(from, from + ((bytes.length - from) & ~1)))
    }
  }
}

/** So many bytes tell whether it is worth reading on. */
const probed = 256

function looksLikeText(bytes: Uint8Array): boolean {
  const length = Math.min(probed, bytes.length)
  let strange = 0
  let follow = 0
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[at] ?? 0
    const continues = byte >= 0x80 && byte < 0xc0
    if (continues ? follow === 0 : follow > 0) strange += 1
    if (byte <= 0x7f && isControl(byte)) strange += 1
    follow = continues ? Math.max(0, follow - 1) : byte < 0xc0 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
  }
  return isFew(strange, length)
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

/** Letters of European alphabets, or of Chinese and Japanese: noise has units of every kind. */
const usual = /[\x20-\x7e\u00a0-\u024f\s\u3000-\u30ff\uff00-\uffef\udc00-\udfff]|\p{Script=Han}/u
let isUsual: Uint8Array | undefined

function looksLikeWideText(bytes: Uint8Array, from: number, high: number): boolean {
  isUsual ??= Uint8Array.from({ length: 0x1_0000 }, (_, unit) => (usual.test(String.fromCharCode(unit)) ? 1 : 0))
  const length = Math.min(probed, bytes.length - from) & ~1
  const most = (length / 2 + 20) / 20
  let strange = 0
  for (let at = from; at < from + length; at += 2) {
    const unit = ((bytes[at + high] ?? 0) << 8) | (bytes[at + 1 - high] ?? 0)
    if (isUsual[unit] === 0) {
      strange += 1
      if (strange > most) return false
    }
  }
  return true
}
