import { describe, expect, it } from 'vitest'
import { resolveModel } from '../../src/edge/model-names.ts'

const names = { known: ['small', 'large'], aliases: { fast: 'small', best: 'auto', gone: 'huge' } }

describe('the name of a model', () => {
  it('is an id, auto, or an alias of either', () => {
    expect(resolveModel('large', names)).toBe('large')
    expect(resolveModel('auto', names)).toBeUndefined()
    expect(resolveModel('fast', names)).toBe('small')
    expect(resolveModel('best', names)).toBeUndefined()
  })

  it('falls back to the alias * for any unknown name', () => {
    expect(resolveModel('gpt-4o', { ...names, aliases: { '*': 'small' } })).toBe('small')
  })

  it('is refused with what is offered when nothing knows it', () => {
    expect(() => resolveModel('gpt-4o', names)).toThrow(
      'not known here and no alias names it. Offered: auto, small, large.',
    )
    expect(() => resolveModel('gone', names)).toThrow('is an alias of huge, which is not known here')
    expect(() => resolveModel('__proto__', names)).toThrow('not known here')
    expect(() => resolveModel('toString', { ...names, aliases: {} })).toThrow('not known here')
  })
})
