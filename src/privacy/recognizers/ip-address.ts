import { defineRecognizer } from './define-recognizer.ts'
import { isIPv6 } from './ipv6.ts'
import { matchEnd } from './match-at.ts'
import { isNear } from './scan/nearby.ts'
import type { Scan } from './scan/scan.ts'

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const ipv4 = new RegExp(`${octet}(?:\\.${octet}){3}(?![\\w-]|\\.\\d)`, 'y')
const harmless = /^(?:0\.|127\.|255\.|22[4-9]\.|23\d\.)|^\d\.\d\.\d\.\d$|^[0-9]\.\d+\.0\.\d+$|\.0\.0$/
const hexUnit = /[0-9A-Fa-f:]/

/** IPv4 and IPv6 addresses but for loopback, multicast and netmasks. Four small numbers, or a word for a version nearby, are a version. */
export const ipAddress = defineRecognizer({
  name: 'ip-address',
  entity: 'IP_ADDRESS',
  search(scan, report) {
    searchIPv4(scan, report)
    searchIPv6(scan, report)
  },
})

function searchIPv4(scan: Scan, report: (start: number, end: number, score: number) => void): void {
  const { text, digits } = scan
  for (let index = 0; index < digits.count; index++) {
    const start = digits.start(index)
    if (text[digits.end(index)] !== '.' || /[\w.-]/.test(text[start - 1] ?? ' ')) continue
    const end = matchEnd(ipv4, text, start)
    if (end === -1 || harmless.test(text.slice(start, end))) continue
    report(start, end, isNear(scan, 'notPersonal', { start, end }, { before: 12 }) ? 0.3 : 0.7)
  }
}

function searchIPv6({ text }: Scan, report: (start: number, end: number, score: number) => void): void {
  let told = 0
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', Math.max(colon + 1, told))) {
    let start = colon
    while (start > told && colon - start < 5 && hexUnit.test(text[start - 1] ?? '')) start--
    let end = colon
    while (end < text.length && end - start < 46 && hexUnit.test(text[end] ?? '')) end++
    told = end
    if (/[\w:.-]/.test(text[start - 1] ?? ' ') || /\w/.test(text[end] ?? ' ')) continue
    if (text[end - 1] === ':' && text[end - 2] !== ':') end--
    if (end - start >= 6 && isIPv6(text.slice(start, end))) report(start, end, 0.8)
  }
}
