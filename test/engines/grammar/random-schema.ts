import { stringFormats } from '../../../src/engines/grammar/string-formats.ts'
import type { Random } from '../../../src/spec/ports.ts'

type Schema = Record<string, unknown>

/** Draws schemas that can be enforced, of every keyword there is. */
export function randomSchema(random: Random, depth = 3): Schema {
  const draw = createDraw(random)
  const schema = draw.schema(depth)
  if (!draw.chance(0.25)) return schema
  // A tree of such values, by reference.
  return {
    type: 'object',
    properties: { value: schema, kids: { type: 'array', maxItems: 2, items: { $ref: '#' } } },
    required: ['value'],
    additionalProperties: false,
  }
}

function createDraw(random: Random) {
  const below = (count: number) => Math.floor(random() * count)
  const chance = (share: number) => random() < share
  const one = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const words = [
    'a',
    'name',
    'Größe',
    'x y',
    'quo"te',
    'back\\slash',
    'tab\t',
    '名',
    'id',
    'items',
    '$ref',
    '__proto__',
    '',
  ]
  const several = () => [...new Set(Array.from({ length: 1 + below(5) }, () => one(words)))]

  function schema(depth: number): Schema {
    const kinds: ((depth: number) => Schema)[] = [
      string,
      integer,
      number,
      values,
      () => ({ type: 'boolean' }),
      () => ({ type: 'null' }),
      string,
    ]
    if (depth > 0)
      kinds.push(object, object, array, array, tuple, union, map, () => ({ type: one(['object', 'array']) }))
    const described = one(kinds)(depth)
    return chance(0.2) ? { ...described, description: 'anything', title: 'x' } : described
  }

  const string = (): Schema =>
    one<() => Schema>([
      () => ({ type: 'string' }),
      () => ({ type: 'string', minLength: below(4), maxLength: 4 + below(12) }),
      () => ({ type: ['string', 'null'], maxLength: below(3) }),
      () => ({ type: 'string', format: one([...stringFormats.keys()]) }),
      () => ({ type: 'string', pattern: one(patterns) }),
    ])()
  const integer = (): Schema => ({ type: 'integer', ...bounds(chance(0.5) ? 20 : 100_000) })
  const number = (): Schema => ({ type: 'number', ...bounds(chance(0.5) ? 3 : 1000) })
  const values = (): Schema =>
    one<() => Schema>([
      () => ({ enum: [one(words), below(9), null, true, { a: [1, 'b'] }].slice(0, 1 + below(5)) }),
      () => ({ const: one<unknown>([one(words), 1.5, null, [], { x: one(words) }]) }),
      () => ({ type: 'string', enum: several() }),
    ])()

  function bounds(size: number): Schema {
    const low = below(2 * size) - size
    const high = low + 1 + below(size)
    return {
      ...(chance(0.6) ? { [one(['minimum', 'exclusiveMinimum'])]: low } : {}),
      ...(chance(0.6) ? { [one(['maximum', 'exclusiveMaximum'])]: high + 1 } : {}),
    }
  }

  function object(depth: number): Schema {
    const names = several()
    const required = names.filter(() => chance(0.5))
    return {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, schema(depth - 1)])),
      ...(chance(0.7) ? { required } : {}),
      ...(chance(0.5)
        ? { additionalProperties: false }
        : chance(0.4)
          ? { additionalProperties: schema(depth - 1) }
          : {}),
    }
  }

  const map = (depth: number): Schema => ({ type: 'object', additionalProperties: schema(depth - 1) })

  function array(depth: number): Schema {
    const least = below(3)
    return {
      type: 'array',
      items: schema(depth - 1),
      ...(chance(0.5) ? { minItems: least } : {}),
      ...(chance(0.5) ? { maxItems: least + below(4) } : {}),
    }
  }

  const tuple = (depth: number): Schema => ({
    type: 'array',
    prefixItems: Array.from({ length: 1 + below(3) }, () => schema(depth - 1)),
    ...(chance(0.3) ? { items: schema(depth - 1), maxItems: 4 } : {}),
  })

  const union = (depth: number): Schema =>
    chance(0.5)
      ? { anyOf: [schema(depth - 1), schema(depth - 1)] }
      : {
          oneOf: ['circle', 'square'].map((kind) => ({
            type: 'object',
            properties: { kind: { const: kind }, size: integer() },
            required: ['kind', 'size'],
          })),
        }

  return { schema, chance }
}

const patterns = [
  '^[A-Z]{2,4}-\\d+$',
  'ab+c',
  '^(?:red|green|blue)?$',
  '^\\w+\\s\\S*$',
  '[^a-z"]$',
  '^["\\\\/]{1,3}$',
  '^.{2,5}$',
]
