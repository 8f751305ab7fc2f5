import { z } from 'zod'

/** True for names and addresses of this machine itself, written as a URL writes them. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** An address that content may be sent to: https, or plain http to this machine itself. */
export const safeUrl = z.url({ protocol: /^https?$/ }).refine(isSafe, {
  error: 'plain http may only go to this machine itself: use https, or a tunnel that ends at 127.0.0.1',
})

function isSafe(text: string): boolean {
  const url = URL.parse(text)
  return url === null || url.protocol === 'https:' || isLoopbackHost(url.hostname)
}

/** A backslash ends the name of a host for some, and not for others; some drop blanks and control characters. */
const ambiguous = /[\\\s\p{C}]/u

/**
 * Why whoever fetches this address for a caller could be led into a network that is none of the caller's business; undefined for an address of the public
 * internet. Judges what is written, and asks no name server: a public name may still lead anywhere.
 */
export function fetchFault(text: string): string | undefined {
  if (ambiguous.test(text)) return 'holds a backslash, a blank or a control character, which not everybody reads alike'
  const url = URL.parse(text)
  if (url === null) return 'is no valid address'
  if (!/^https?:$/.test(url.protocol)) return 'must start with https:// or http://'
  if (url.username !== '' || url.password !== '') return 'holds a user name or password'
  // URL has already made four decimal numbers of any way to write an IPv4 address.
  const host = url.hostname.replace(/\.+$/, '')
  const isPublic = host.startsWith('[') ? isPublicIpv6(host) : (isPublicIpv4(host) ?? isPublicName(host))
  return isPublic ? undefined : 'leads to this machine or a private network'
}

/** Networks that are not the public internet (IANA's registry of special addresses), as first number and prefix length. */
const special: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

function isPublicIpv4(host: string): boolean | undefined {
  const address = numberOf(host)
  if (address === undefined) return undefined
  return !special.some(([network, bits]) => address >>> (32 - bits) === (numberOf(network) ?? 0) >>> (32 - bits))
}

function numberOf(host: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number)
  return parts?.reduce((sum, part) => sum * 256 + part, 0)
}

/** Only global unicast, less what carries an IPv4 address (6to4, Teredo and the rest of 2001::/23) and what is for documents. */
function isPublicIpv6(host: string): boolean {
  const [first = 0, second = 0] = host
    .slice(1)
    .split(':', 2)
    .map((part) => Number.parseInt(part || '0', 16))
  if (first < 0x2000 || first > 0x3fff || first === 0x2002) return false
  if (first === 0x3fff && second < 0x1000) return false
  return !(first === 0x2001 && (second < 0x200 || second === 0xdb8))
}

/** Names that end so are for one machine or one network (RFC 6761, 6762, 8375, 9476 what ICANN keeps for private use, and what clusters use). */
const privateEndings =
  /(?:^|\.)(?:localhost|localdomain|local|internal|svc|consul|home\.arpa|intranet|lan|home|corp|private|alt|onion|test|invalid)$/

function isPublicName(host: string): boolean {
  return host.includes('.') && !privateEndings.test(host)
}
