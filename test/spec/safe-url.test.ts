import { describe, expect, it } from 'vitest'
import { fetchFault, safeUrl } from '../../src/spec/safe-url.ts'

describe('an address that content may be sent to', () => {
  it.each(['https://hub.example:4600', 'http://127.0.0.1:8000/v1', 'http://localhost:1', 'http://[::1]:9'])(
    'is %s',
    (url) => {
      expect(safeUrl.safeParse(url).success).toBe(true)
    },
  )

  it.each(['http://10.0.0.5:8000', 'http://127.0.0.1.evil.example', 'ftp://127.0.0.1', 'nonsense'])(
    'is not %s',
    (url) => {
      expect(safeUrl.safeParse(url).success).toBe(false)
    },
  )
})

describe('an address that somebody may fetch for a caller', () => {
  it.each([
    'https://images.example.org/cat.png',
    'http://93.184.216.34/cat.png',
    'https://xn--bcher-kva.example/?x=1#y',
    'https://[2606:2800:220:1:248:1893:25c8:1946]/cat.png',
    'https://172.15.0.1/',
    'https://localhost.example.org/',
  ])('is %s', (url) => {
    expect(fetchFault(url)).toBeUndefined()
  })

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://0x7f.0.0.0x1/',
    'http://127.0.0.1./',
    'http://0/',
    'http://0.0.0.0:8080/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://metadata.google.internal/',
    'http://100.100.100.200/',
    'http://198.19.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:a00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
    'http://[2001:db8::1]/',
    'http://[fe80::1]/',
    'http://[fc00::1]/',
    'http://[ff02::1]/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://x.localhost/',
    'http://printer.local/',
    'http://nas/',
    'http://router.home.arpa/',
    'http://１２７.０.０.１/',
    'http://user@images.example.org/',
    'http://user:word@images.example.org/',
    'https://images.example.org@127.0.0.1/',
    'http://images.example.org\\@169.254.169.254/latest',
    'https:\\\\images.example.org/',
    'https://images.example.org/a b.png',
    ' https://images.example.org/',
    'https://images.exam\tple.org/',
    'https://images.example.org/\u00a0',
    'https://images.example.org/\u200b',
    'http://kubernetes.default.svc/',
    'http://vault.service.consul/',
    'http://printer.localdomain/',
    'file:///etc/passwd',
    'ftp://images.example.org/cat.png',
    'gopher://images.example.org/',
    'javascript:alert(1)',
    'http://',
    'nonsense',
  ])('is not %s', (url) => {
    expect(fetchFault(url)).toBeTypeOf('string')
  })
})
