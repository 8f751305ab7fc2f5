import { describe, expect, it } from 'vitest'
import { schemaGrammar } from '../../../src/engines/grammar/schema-grammar.ts'
import { satisfying } from './followed.ts'

const object = (properties: object, rest: object = {}) => ({ type: 'object', properties, ...rest })

describe('a JSON schema', () => {
  it.each<[string, unknown, string[], string[]]>([
    ['type', { type: 'boolean' }, ['true', 'false'], ['null', 'tru', '"true"']],
    ['types', { type: ['integer', 'null'] }, ['-3', 'null'], ['1.5', '01']],
    ['no keyword', {}, ['1e5', '[{"a": []}]', '"\\u00e9 é \\n"'], ['"\\ud800"', '"\t"', '1e555', '{"a"}']],
    [
      'true',
      object({ a: true }, { required: ['a'] }),
      ['{"a":[1]}', '{ "a": null }', '{\n\t"a":0\n}'],
      ['{}', '{"b":1}', '{  "a":1}'],
    ],
    [
      'enum',
      { enum: ['bab', 'bbb', 'bbab', 1, null, { a: [2] }] },
      ['"bbab"', '1', '{"a":[2]}'],
      ['"baab"', '"ba"', '{}'],
    ],
    ['const beside type', { type: 'string', enum: ['a', 1] }, ['"a"'], ['1']],
    [
      'lengths',
      { type: 'string', minLength: 2, maxLength: 3 },
      ['"ab"', '"é\\n😀"', '"\\u00e9b"'],
      ['"a"', '"abcd"', '"\\u00e9"', '""'],
    ],
    [
      'lengths in a union',
      { anyOf: [{ type: 'string', maxLength: 1 }, { const: 'long' }, { type: 'string', minLength: 6 }] },
      ['"a"', '"long"', '"longer"'],
      ['"lon"', '"longe"'],
    ],
    ['minimum', { type: 'integer', minimum: 1.5, exclusiveMaximum: 4 }, ['2', '3'], ['1', '4']],
    ['number bounds', { type: 'number', minimum: 0, maximum: 1 }, ['0', '0.25', '1', '1.0'], ['-1', '1.5', '2']],
    ['int32', { type: 'integer', format: 'int32' }, ['2147483647', '-2147483648'], ['2147483648']],
    [
      'optional properties in their order',
      object({ a: { const: 1 }, b: { const: 2 }, c: { const: 3 } }, { required: ['b'] }),
      ['{"b":2}', '{"a":1,"b":2,"c":3}', '{"b":2, "c":3}'],
      ['{}', '{"a":1}', '{"b":2,"a":1}', '{"b":2,}', '{,"b":2}'],
    ],
    [
      'all optional',
      object({ a: { const: 1 }, b: { const: 2 } }),
      ['{}', '{"a":1}', '{"b":2}', '{"a":1,"b":2}'],
      ['{"a":1,"a":1}', '{"c":1}'],
    ],
    [
      'required without a property',
      { type: 'object', required: ['x'] },
      ['{"x":[]}', '{"x":1,"y":2}'],
      ['{}', '{"y":1}'],
    ],
    [
      'additionalProperties',
      object({ ab: { const: 1 } }, { additionalProperties: { type: 'null' } }),
      ['{"ab":1,"a":null,"abc":null,"":null}', '{"b\\"":null}'],
      ['{"ab":null}', '{"a":1}', '{"\\u0061b":null}', '{"a\\u0062":null}'],
    ],
    [
      'a map',
      { type: 'object', additionalProperties: { type: 'integer' } },
      ['{}', '{"any":1,"\\"":2}'],
      ['{"a":"x"}'],
    ],
    [
      'names of the language',
      JSON.parse(
        '{"type":"object","properties":{"__proto__":{"const":1},"toString":{"const":2}},"required":["__proto__"]}',
      ),
      ['{"__proto__":1}', '{"__proto__":1,"toString":2}'],
      ['{"toString":2}'],
    ],
    [
      'items',
      { type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 3 },
      ['[1]', '[1,2, 3]'],
      ['[]', '[1,2,3,4]', '[1,]'],
    ],
    ['maxItems 0', { type: 'array', maxItems: 0 }, ['[]', '[ ]'], ['[1]']],
    [
      'prefixItems',
      { type: 'array', prefixItems: [{ const: 1 }, { const: 2 }], items: { const: 3 }, maxItems: 3 },
      ['[1,2]', '[1,2,3]'],
      ['[1]', '[1,2,3,3]'],
    ],
    [
      'prefixItems cut short',
      { type: 'array', prefixItems: [{ const: 1 }, { const: 2 }], maxItems: 1 },
      ['[1]'],
      ['[1,2]'],
    ],
    [
      'anyOf',
      { anyOf: [{ type: 'integer' }, object({ a: { type: 'null' } }, { required: ['a'] })] },
      ['5', '{"a":null}'],
      ['"5"'],
    ],
    [
      'oneOf by a tag',
      {
        oneOf: ['x', 'y'].map((kind) =>
          object({ kind: { const: kind }, [kind]: { type: 'null' } }, { required: ['kind', kind] }),
        ),
      },
      ['{"kind":"x","x":null}'],
      ['{"kind":"x","y":null}'],
    ],
    ['allOf of one', { allOf: [{ $ref: '#/$defs/a' }], description: 'x', $defs: { a: { const: 1 } } }, ['1'], ['2']],
    [
      'recursion',
      { $ref: '#/$defs/tree', $defs: { tree: object({ kids: { type: 'array', items: { $ref: '#/$defs/tree' } } }) } },
      ['{}', '{"kids":[{"kids":[]},{}]}'],
      ['{"kids":[1]}'],
    ],
    ['a pointer with escapes', { $ref: '#/$defs/a~1b%25', $defs: { 'a/b%': { const: 1 } } }, ['1'], ['2']],
    ['a union with itself', { anyOf: [{ $ref: '#' }, { type: 'null' }] }, ['null'], ['1']],
    [
      'annotations',
      {
        type: 'null',
        title: 't',
        description: 'd',
        default: 1,
        examples: [],
        $schema: 's',
        'x-y': 1,
        deprecated: true,
      },
      ['null'],
      ['1'],
    ],
  ])('is enforced: %s', (_, schema, right, wrong) => {
    const isIn = satisfying(schema)
    expect(right.filter((text) => !isIn(text))).toEqual([])
    expect(wrong.filter(isIn)).toEqual([])
  })

  it.each<[unknown, string, RegExp]>([
    [{ not: {} }, 'unsupported-field', /at \/not: this keyword cannot be enforced/],
    [object({ a: { type: 'array', uniqueItems: true } }), 'unsupported-field', /at \/properties\/a\/uniqueItems/],
    [object({ a: { typ: 'string' } }), 'unsupported-field', /at \/properties\/a\/typ: /],
    [object({ 'a/b': { nullable: true } }), 'unsupported-field', /at \/properties\/a~1b\/nullable/],
    [{ type: 'string', format: 'ipv6' }, 'unsupported-field', /at \/format: only these formats/],
    [{ type: 'string', pattern: 'a', maxLength: 3 }, 'unsupported-field', /at \/maxLength/],
    [{ type: 'string', pattern: '(?=a)' }, 'unsupported-field', /at \/pattern: look-around/],
    [{ type: 'number', multipleOf: 0.01 }, 'unsupported-field', /at \/multipleOf/],
    [{ type: 'number', minimum: 0.5 }, 'unsupported-field', /at \/minimum: only whole numbers/],
    [{ $ref: 'https://x/y' }, 'unsupported-field', /at \/\$ref: only references/],
    [{ $ref: '#/x', type: 'null' }, 'unsupported-field', /at \/type: .* beside \$ref/],
    [{ anyOf: [{}], properties: {} }, 'unsupported-field', /at \/properties: .* beside anyOf/],
    [{ oneOf: [{ type: 'number' }, { type: 'integer' }] }, 'unsupported-field', /at \/oneOf: two branches/],
    [{ allOf: [{}, {}] }, 'unsupported-field', /at \/allOf/],
    [object({ a: { $ref: '#' } }, { required: ['a'] }), 'unsupported-field', /at its root: no finite value/],
    [{ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }, 'unsupported-field', /no finite value/],
    [{ type: 'array', maxItems: 1025 }, 'unsupported-field', /at \/maxItems: 1025 is more than 1024/],
    [{ type: 'string', maxLength: 70_000 }, 'unsupported-field', /at \/maxLength: 70000/],
    [{ description: 'x'.repeat(70_000) }, 'unsupported-field', /at its root: it has 700\d\d bytes/],
    [Array.from({ length: 33 }).reduce((items) => ({ items: { items } }), {}), 'unsupported-field', /deeper than 32/],
    [object({}, { required: ['a'], additionalProperties: false }), 'invalid-request', /at \/required/],
    [{ $ref: '#/nowhere' }, 'invalid-request', /at \/nowhere: there is nothing/],
    [{ type: 'strin' }, 'invalid-request', /at \/type/],
    [{ enum: [] }, 'invalid-request', /at \/enum/],
    [{ type: 'array', items: [{}] }, 'invalid-request', /at \/items/],
    [{ type: 'array', minItems: 3, maxItems: 2 }, 'invalid-request', /at least 3/],
    [{ type: 'string', minLength: -1 }, 'invalid-request', /at \/minLength/],
    [{ type: 'integer', minimum: 3, maximum: 2 }, 'invalid-request', /no number lies/],
    [object({ a: false }), 'invalid-request', /at \/properties\/a/],
    [object({ a: 5 }), 'invalid-request', /at \/properties\/a/],
    [{ properties: [] }, 'invalid-request', /at \/properties/],
  ])('%j is refused with %s at its place', (schema, code, message) => {
    const refusal = expect.objectContaining({ code, param: 'schema', message: expect.stringMatching(message) })
    expect(() => schemaGrammar(schema, 'schema')).toThrow(refusal)
  })
})
