import { EdgewiseError } from '../spec/errors.ts'

/** A vector as base64 of its little-endian 32-bit floats, as OpenAI sends it. */
export function encodeVector(vector: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(vector.length * 4))
  for (const [index, value] of vector.entries()) bytes.setFloat32(index * 4, value, true)
  let text = ''
  for (const byte of new Uint8Array(bytes.buffer)) text += String.fromCharCode(byte)
  return btoa(text)
}

/** The vector in such a text. Throws `upstream-failed` for anything else. */
export function decodeVector(text: string): Float32Array {
  const bytes = decodeBase64(text)
  if (bytes === undefined || bytes.byteLength === 0 || bytes.byteLength % 4 !== 0) {
    throw new EdgewiseError('upstream-failed', 'a vector came as base64 that holds no 32-bit floats')
  }
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, index) => bytes.getFloat32(index * 4, true))
}

function decodeBase64(text: string): DataView | undefined {
  try {
    return new DataView(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer)
  } catch {
    return undefined
  }
}
