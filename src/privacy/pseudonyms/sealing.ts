const nonceBytes = 12

/** Encrypts what must not be read in the store: AES-256-GCM, a fresh nonce each time, bound to the `name` it is kept under. */
export interface Sealing {
  seal(value: unknown, name: string): Promise<Uint8Array>
  /** Throws an OperationError for bytes of another key or name, or changed ones. */
  open(sealed: Uint8Array, name: string): Promise<unknown>
  /** A name for something that its own words must not name: HMAC-SHA-256, 64 hexadecimal digits. */
  nameOf(parts: readonly string[]): Promise<string>
}

/** `secret` has 32 random bytes or more; from it come a key for sealing and one for names. */
export function createSealing(secret: Uint8Array<ArrayBuffer>): Sealing {
  const { subtle } = globalThis.crypto
  const base = subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const derived = async (purpose: string) => {
    const info = new TextEncoder().encode(purpose)
    return subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }, await base, 256)
  }
  const sealingKey = derived('edgewise pseudonyms').then((bits) => {
    return subtle.importKey('raw', bits, 'AES-GCM', false, ['encrypt', 'decrypt'])
  })
  const namingKey = derived('edgewise conversations').then((bits) => {
    return subtle.importKey('raw', bits, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  })
  const algorithm = (iv: Uint8Array<ArrayBuffer>, name: string) => {
    return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(name) }
  }
  return {
    async seal(value, name) {
      const nonce = globalThis.crypto.getRandomValues(new Uint8Array(nonceBytes))
      const plain = new TextEncoder().encode(JSON.stringify(value))
      const sealed = new Uint8Array(await subtle.encrypt(algorithm(nonce, name), await sealingKey, plain))
      const bytes = new Uint8Array(nonceBytes + sealed.length)
      bytes.set(nonce)
      bytes.set(sealed, nonceBytes)
      return bytes
    },
    async open(sealed, name) {
      const bytes = new Uint8Array(sealed)
      const nonce = bytes.slice(0, nonceBytes)
      const plain = await subtle.decrypt(algorithm(nonce, name), await sealingKey, bytes.slice(nonceBytes))
      return JSON.parse(new TextDecoder().decode(plain))
    },
    async nameOf(parts) {
      const bytes = new TextEncoder().encode(JSON.stringify(parts))
      return hexadecimal(new Uint8Array(await subtle.sign('HMAC', await namingKey, bytes)))
    },
  }
}

function hexadecimal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
