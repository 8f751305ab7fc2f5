import { describe, expect, it } from 'vitest'
import { asEdgewiseError, framesOf } from '../../src/spec/errors.ts'

describe('the frames of an error', () => {
  it('say where it came from and nothing of what it said', () => {
    const frames = framesOf(asEdgewiseError(new TypeError('SECRET\nWORDS')))
    expect(frames.length).toBeGreaterThan(0)
    expect(frames[0]).toContain('errors.test')
    expect(frames.join()).not.toMatch(/SECRET|WORDS/)
  })
})
