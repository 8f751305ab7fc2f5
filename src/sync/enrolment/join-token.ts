import { createHash } from 'node:crypto'
import { EdgewiseError } from '../../spec/errors.ts'

/** What an edge needs to join a hub, as one line that a person can paste. */
export interface JoinToken {
  /** Address of the hub, `https://host:port`. */
  readonly url: string
  /** SHA-256 of the hub's certificate, 64 hexadecimal digits. */
  readonly fingerprint: string
  /** 256 random bits as 64 hexadecimal digits; good for one edge, once. */
  readonly secret: string
}

const prefix = 'edgewise-join-'
const version = 1
const checksumBytes = 4
const fixedBytes = 1 + 32 + 32

/** One printable line: `edgewise-join-` and base64url of version, fingerprint, secret, url and a checksum. */
export function formatJoinToken({ url, fingerprint, secret }: JoinToken): string {
  const hexadecimal = Buffer.from(fingerprint + secret, 'hex')
  const content = Buffer.concat([Uint8Array.of(version), hexadecimal, Buffer.from(url)])
  return prefix + Buffer.concat([content, checksum(content)]).toString('base64url')
}

/** Reads what `formatJoinToken` wrote. Throws `token-invalid` that says whether it is cut, mistyped or no join token at all. */
export function parseJoinToken(text: string): JoinToken {
  const line = text.trim()
  if (!line.startsWith(prefix)) {
    throw invalid(
      `This is no join token: it does not start with ${prefix}. Get one with \`edgewise hub token\` on the hub.`,
    )
  }
  const encoded = line.slice(prefix.length)
  const bytes = Buffer.from(encoded, 'base64url')
  const content = bytes.subarray(0, -checksumBytes)
  const isWhole =
    bytes.toString('base64url') === encoded &&
    content.length > fixedBytes &&
    checksum(content).equals(bytes.subarray(-checksumBytes))
  if (!isWhole) {
    throw invalid('The join token is cut short or mistyped: its checksum does not fit. Copy the whole line again.')
  }
  if (content[0] !== version) {
    throw invalid(
      `The join token is of version ${content[0]}; this Edgewise knows version ${version}. Update the edge.`,
    )
  }
  const url = content.toString('utf8', fixedBytes)
  if (URL.parse(url)?.protocol !== 'https:')
    throw invalid('The join token holds no https address. Make a new one on the hub.')
  return { url, fingerprint: content.toString('hex', 1, 33), secret: content.toString('hex', 33, fixedBytes) }
}

function checksum(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest().subarray(0, checksumBytes)
}

function invalid(message: string): EdgewiseError {
  return new EdgewiseError('token-invalid', message)
}
