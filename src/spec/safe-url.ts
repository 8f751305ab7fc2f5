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
