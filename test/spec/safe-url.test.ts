import { describe, expect, it } from 'vitest'
import { safeUrl } from '../../src/spec/safe-url.ts'

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
