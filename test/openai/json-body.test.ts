import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonBody } from '../../src/openai/json-body.ts'
import { findJsonFault } from '../../src/openai/json-fault.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'

function refusalOf(text: string, maxDepth = 64): EdgewiseError {
  try {
    parseJsonBody({ text, maxDepth })
  } catch (error) {
    if (error instanceof EdgewiseError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('parseJsonBody', () => {
  it('gives the value of valid JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value)
        expect(parseJsonBody({ text })).toEqual(JSON.parse(text))
      }),
    )
  })

  it('refuses JSON that is a million levels deep, whether it is closed or not', () => {
    const depth = 1_000_000
    for (const text of ['['.repeat(depth), '['.repeat(depth) + ']'.repeat(depth), '{"a":'.repeat(depth)]) {
      const { code, message } = refusalOf(text)
      expect(code).toBe('invalid-request')
      expect(message).toContain('deeper than 64 levels at position')
    }
  })

  it('counts brackets outside of strings only', () => {
    const text = JSON.stringify({ a: '[[[[', b: '"[[[[', c: '\\"[[[[', d: ['\\'] })
    expect(parseJsonBody({ text, maxDepth: 2 })).toEqual(JSON.parse(text))
    expect(refusalOf('{"a":["[",[1]]}', 2).message).toContain('position 10')
  })

  it('takes linear time for a long run of backslashes and quotes', () => {
    const text = JSON.stringify('\\"'.repeat(500_000))
    expect(parseJsonBody({ text })).toHaveLength(1_000_000)
  })

  it.each([
    ['{"a": secret}', 6, 'line 1, column 7'],
    ['{"a": 1,\n "b": tru}', 15, 'line 2, column 7'],
    ['{"a": 1,}', 8, 'line 1, column 9'],
    ['{"a": 01}', 7, 'line 1, column 8'],
    ['{} {}', 3, 'line 1, column 4'],
    ['{"a": "x\ny"}', 8, 'line 1, column 9'],
    ["{'a': 1}", 1, 'line 1, column 2'],
  ])('names the place of the fault in %j and quotes nothing', (text, position, place) => {
    const { message, cause } = refusalOf(text)
    expect(message).toContain(`position ${position} (${place})`)
    expect(message).not.toContain('secret')
    expect(cause).toBeUndefined()
  })

  it('says when the text ends too early or is empty', () => {
    expect(refusalOf('{"a": "half').message).toContain('ends too early')
    expect(refusalOf('{"a": [1, 2').message).toContain('ends too early')
    expect(refusalOf(' \n').message).toContain('empty')
  })

  it('keeps __proto__ and constructor as plain keys', () => {
    const value = parseJsonBody({ text: '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}' })
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})

describe('findJsonFault', () => {
  it('agrees with JSON.parse on any text near to JSON', () => {
    const nearJson = fc.array(fc.constantFrom(...'{}[],:"\\u12eE+-.0 \n\ttruefalsn')).map((letters) => letters.join(''))
    fc.assert(
      fc.property(nearJson, (text) => {
        expect(findJsonFault(text) === undefined).toBe(isJson(text))
      }),
      { numRuns: 3000 },
    )
  })

  it('agrees with JSON.parse on JSON with one character changed', () => {
    const mutated = fc
      .tuple(fc.jsonValue({ maxDepth: 4 }), fc.nat(), fc.constantFrom(...'{}[],:"\\0x '))
      .map(([value, at, letter]) => {
        const text = JSON.stringify(value)
        const place = at % (text.length + 1)
        return text.slice(0, place) + letter + text.slice(place + 1)
      })
    fc.assert(
      fc.property(mutated, (text) => {
        expect(findJsonFault(text) === undefined).toBe(isJson(text))
      }),
      { numRuns: 1000 },
    )
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
