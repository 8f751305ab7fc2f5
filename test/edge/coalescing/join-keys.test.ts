import { expect, it } from 'vitest'
import { joinKeys } from '../../../src/edge/coalescing/join-keys.ts'

const attempt = { idempotencyKey: undefined, retries: 1 }
const asked = { keyId: 'key-1', path: '/v1/completions', text: '{"a":1}', wishes: { mode: 'only-edge' }, attempt }

it('requests are the same when everything that they ask for is, and the key that asks', () => {
  const keysOf = joinKeys('a secret')
  const { key, body } = keysOf(asked)
  expect(key).toBe(body)
  expect(keysOf({ ...asked })).toEqual({ key, body })
  const others = [
    { keyId: 'key-2' },
    { path: '/v1/responses' },
    { text: '{"a": 1}' },
    { wishes: { mode: 'only-cloud' } },
    { path: '/v1', text: '/completions{"a":1}' },
  ]
  const digests = others.map((other) => keysOf({ ...asked, ...other }).body)
  expect(new Set([body, ...digests]).size).toBe(others.length + 1)
  expect(joinKeys('another secret')(asked).body).not.toBe(body)
})

it('a caller’s own key stands for its API key alone, and still tells bodies apart', () => {
  const keysOf = joinKeys('a secret')
  const named = { ...asked, attempt: { idempotencyKey: 'mine', retries: 0 } }
  expect(keysOf({ ...named, text: 'other' }).key).toBe(keysOf(named).key)
  expect(keysOf({ ...named, text: 'other' }).body).not.toBe(keysOf(named).body)
  expect(keysOf({ ...named, keyId: 'key-2' }).key).not.toBe(keysOf(named).key)
})
