import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatModelReference, parseModelReference } from '../../src/model-store/model-reference.ts'

describe('a model reference', () => {
  it.each([
    ['hf:acme/Tiny-1.5', { org: 'acme', name: 'Tiny-1.5', revision: 'main' }],
    ['hf:acme/Tiny@v1.0', { org: 'acme', name: 'Tiny', revision: 'v1.0' }],
    ['hf:acme/Tiny@refs/pr/3:q4', { org: 'acme', name: 'Tiny', revision: 'refs/pr/3', variant: 'q4' }],
    ['hf:acme/Tiny:Q4_K_M', { org: 'acme', name: 'Tiny', revision: 'main', variant: 'Q4_K_M' }],
  ])('%s is read and written', (text, reference) => {
    expect(parseModelReference(text)).toEqual(reference)
    expect(formatModelReference(parseModelReference(text))).toBe(text)
  })

  it.each([
    'hf:',
    'hf:acme',
    'hf:acme/',
    'hf:/Tiny',
    'hf:acme/Tiny/more',
    'hf:acme/Tiny@',
    'hf:acme/Tiny:',
    'hf:acme/Tiny:q4@main',
    'hf:../Tiny',
    'hf:acme/..',
    'hf:acme/a..b',
    'hf:acme/a--b',
    'hf:-acme/Tiny',
    'hf:acme/Tiny.git',
    'hf:acme/Ti ny',
    'hf:acme/Tiny\n',
    'hf:acme/Tiny@../../x',
    'hf:acme/Tiny@a//b',
    'hf:acme/Tiny@/etc',
    'hf:acme/Tiny@a/',
    'hf:acme/Tiny:../q4',
    'hf:acme/Tiny:a/b',
    'hf:acme/Tiny:a:b',
    'hf:acme/Tiny?x=1',
    'hf:acme\\x/Tiny',
    `hf:acme/${'a'.repeat(97)}`,
  ])('%j is refused with the form', (text) => {
    expect(() => parseModelReference(text)).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        message: expect.stringMatching(/names no model: .*Write hf:ORG\/NAME/),
      }),
    )
  })

  it('never lets a part become a path, whatever is written', () => {
    const piece = fc.string({ unit: fc.constantFrom(...'a.-_/@:\\%A9 \0~'), maxLength: 12 })
    fc.assert(
      fc.property(piece, piece, piece, piece, (org, name, revision, variant) => {
        let read: ReturnType<typeof parseModelReference>
        try {
          read = parseModelReference(`hf:${org}/${name}@${revision}:${variant}`)
        } catch {
          return
        }
        for (const part of [read.org, read.name, read.variant ?? '']) expect(part).toMatch(/^\w[\w.-]*$/)
        expect(`${read.org}/${read.name}/${read.revision}/${read.variant}`).not.toMatch(/\.\.|\/\/|--.*@|\\|\0/)
      }),
      { numRuns: 2000 },
    )
  })
})
