import type { Random } from '../../../src/spec/ports.ts'

/** A schema that somebody made to do harm, or that is none at all. Each call gives another one. */
export function hostileSchema(random: Random): unknown {
  const below = (count: number) => Math.floor(random() * count)
  const one = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const size = one([1, 7, 40, 500, 5000])
  return one(kinds)({ below, one, size })
}

interface Draw {
  readonly below: (count: number) => number
  readonly one: <T>(list: readonly T[]) => T
  readonly size: number
}

const kinds: readonly ((draw: Draw) => unknown)[] = [
  // Deep, wide, long.
  ({ size, one }) => nested(size * 4, one(['items', 'additionalProperties', 'anyOf', 'allOf', 'not', 'properties'])),
  ({ size }) => ({ type: 'object', properties: named(size, () => ({ type: 'string' })) }),
  ({ size }) => ({
    type: 'object',
    properties: named(size, () => ({})),
    required: Object.keys(named(size, () => 1)),
    additionalProperties: true,
  }),
  ({ size, below }) => ({ enum: Array.from({ length: size * 4 }, () => 'x'.repeat(below(20)) + below(1e9)) }),
  ({ size }) => ({ const: 'y'.repeat(size * 20) }),
  ({ size }) => ({
    anyOf: Array.from({ length: size }, (_, index) => ({
      type: 'object',
      properties: { [`k${index % 7}`]: { const: index } },
    })),
  }),
  ({ size }) => ({ oneOf: Array.from({ length: size }, (_, index) => ({ const: index })) }),
  ({ size }) => ({ type: 'object', properties: { ['n'.repeat(size * 12)]: {} }, additionalProperties: true }),
  // Huge repetitions.
  ({ size, below }) => ({
    type: 'array',
    items: { type: 'array', items: { type: 'string' }, maxItems: size * size },
    minItems: below(size) * size,
  }),
  ({ size, one }) => ({
    type: 'string',
    [one(['minLength', 'maxLength'])]: one([size * 1000, 1e308, -1, 2 ** 53, 0.5, '9']),
  }),
  ({ size }) =>
    Array.from({ length: 5 }).reduce((items) => ({ type: 'array', items, minItems: size, maxItems: size }), {
      type: 'null',
    }),
  // Patterns that drive backtracking engines mad, or that are none.
  ({ one, size }) => ({ type: 'string', pattern: one(patterns(size)) }),
  ({ one, size }) => ({
    type: 'object',
    properties: { a: { pattern: one(patterns(size)) }, b: { format: one(['date', 'regex', 'uri', '', 7]) } },
    required: ['a', 'b'],
  }),
  // References in circles, into nothing, out of the house.
  ({ one }) => ({
    $ref: one([
      '#',
      '#/$defs/a',
      '#/nowhere',
      'https://example.com/x',
      '#anchor',
      '#/%zz',
      '',
      5,
      '#/$defs',
      'file:///etc/passwd',
    ]),
    $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } },
  }),
  () => ({ anyOf: [{ $ref: '#' }, { type: 'string' }] }),
  () => ({ type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }),
  () => ({ type: 'object', properties: { a: { $ref: '#' }, b: { $ref: '#/properties/a' } } }),
  ({ size }) => ({
    $ref: '#/$defs/d0',
    $defs: Object.fromEntries(
      Array.from({ length: size }, (_, index) => [
        `d${index}`,
        index + 1 === size
          ? { type: 'null' }
          : { anyOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${Math.min(size - 1, index + 2)}` }] },
      ]),
    ),
  }),
  ({ size }) => ({
    $ref: '#/$defs/d0',
    $defs: Object.fromEntries(
      Array.from({ length: size }, (_, index) => [
        `d${index}`,
        {
          type: 'array',
          prefixItems: [{ $ref: `#/$defs/d${(index + 1) % size}` }, { $ref: `#/$defs/d${(index + 7) % size}` }],
        },
      ]),
    ),
  }),
  // Words of the language itself.
  () =>
    JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string","maxLength":3},"constructor":{"type":"null"}},"required":["__proto__","toString"]}',
    ),
  ({ one }) => ({ type: one<unknown>(['strin', '', 5, null, [], ['string', 5], {}, 'toString', ['null', 'null']]) }),
  ({ one }) => ({
    [one([
      'not',
      'if',
      'patternProperties',
      'uniqueItems',
      'contains',
      'dependentRequired',
      'unevaluatedProperties',
      'constructor',
      '__proto__x',
    ])]: one<unknown>([{}, true, [], 'x']),
  }),
  ({ one }) => ({
    [one([
      'properties',
      'items',
      'anyOf',
      'enum',
      'required',
      'prefixItems',
      'additionalProperties',
      'allOf',
      '$defs',
      'format',
    ])]: one<unknown>([5, null, 'x', [], [[]], [5], { a: 5 }, { a: null }]),
  }),
  ({ one }) =>
    one<unknown>([
      true,
      false,
      { type: 'object', properties: { a: false }, required: ['a'] },
      { type: 'array', items: false },
      { enum: [] },
      { minimum: 5, maximum: 4 },
    ]),
  ({ one }) => ({
    type: one(['integer', 'number']),
    [one(['minimum', 'exclusiveMaximum', 'multipleOf'])]: one([1e300, -1e15, 0.1, 3, '5', 1e9]),
    maximum: one([1e15, 0, -0.5, 7]),
  }),
  ({ one }) => ({
    const: one<unknown>(['\uD800', '\u0000', ' \u2028"\\', { '\uDFFF': ['\u007f'] }, -0, 1.7e308]),
  }),
]

function nested(depth: number, keyword: string): unknown {
  let schema: unknown = { type: 'null' }
  for (let level = 0; level < depth; level++) {
    schema =
      keyword === 'properties'
        ? { properties: { a: schema }, required: ['a'] }
        : { [keyword]: /Of$/.test(keyword) ? [schema] : schema }
  }
  return schema
}

function named(size: number, value: () => unknown): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: size }, (_, index) => [`name${index}`, value()]))
}

const patterns = (size: number) => [
  '^(a+)+$',
  '^(a|aa)*b$',
  '(x+x+)+y',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  `^(a?){${size}}a{${size}}$`,
  `^${'(a|b|ab)*'.repeat(Math.min(40, size))}$`,
  `${'.*'.repeat(Math.min(200, size))}z`,
  `^(\\w{1,${size}}){1,${size}}$`,
  `[${'a-z'.repeat(Math.min(150, size))}]{${size}}`,
  `${'('.repeat(size)}a${')'.repeat(size)}`,
  `^(${Array.from({ length: Math.min(60, size) }, (_, index) => `.{${index}}x`).join('|')})$`,
  '(?=a)b',
  '(?<!a)b',
  '\\bword\\b',
  '\\1(a)',
  '\\p{L}+',
  '(',
  '[z-a]',
  'a{2,1}',
  '\\',
  '^[^\\u0000-\\u{10ffff}]$',
  '^\\u0000$',
  'a$b^',
  '[\\d-z]',
  '*',
]
