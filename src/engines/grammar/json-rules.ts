/**
 * Rules of plain JSON, as the grammar engine matches them fastest: a string is one rule with a star over one class, since a rule per character
 * leaves the engine unsure about every token. White space is bounded, or a small model might give nothing else. Surrogate escapes are left out:
 * a lone one is no Unicode, and the characters themselves may stand in a string.
 */
const rules = {
  lead: { body: '"" | " " | "\\n"', uses: [] },
  // What stands in the last parentheses is no part of the rule: it tells the engine what follows, and so decides most tokens at once.
  ws: { body: '("" | " " | "\\n" [ \\t]{0,32}) (=[{}"\\]0-9\\[tfn-])', uses: [] },
  string: { body: '"\\"" [^"\\\\\\0-\\x1f]* ("\\\\" escape [^"\\\\\\0-\\x1f]*)* "\\""', uses: ['escape'] },
  escape: {
    body: '["\\\\/bfnrt] | "u" ([0-9A-CE-Fa-ce-f] [0-9A-Fa-f] | [Dd] [0-7]) [0-9A-Fa-f] [0-9A-Fa-f]',
    uses: [],
  },
  // As many digits as a double counts exactly.
  integer: { body: '"-"? ("0" | [1-9] [0-9]{0,14})', uses: [] },
  number: { body: 'integer ("." [0-9]{1,15})? ([eE] [+\\-]? [0-9]{1,2})?', uses: ['integer'] },
  boolean: { body: '"true" | "false"', uses: [] },
  value: {
    body: 'object | array | string | number | boolean | "null"',
    uses: ['object', 'array', 'string', 'number', 'boolean'],
  },
  object: {
    body: '"{" ws "}" | "{" ws string ":" ws value ("," ws string ":" ws value)* ws "}"',
    uses: ['ws', 'string', 'value'],
  },
  array: { body: '"[" ws "]" | "[" ws value ("," ws value)* ws "]"', uses: ['ws', 'value'] },
} as const satisfies Record<string, { readonly body: string; readonly uses: readonly string[] }>

/** Name of a rule of plain JSON. */
export type JsonRule = keyof typeof rules

/** The lines of these rules and of all that they use. */
export function jsonRules(wanted: Iterable<JsonRule>): readonly string[] {
  const found = new Set<JsonRule>(wanted)
  for (const name of found) for (const used of rules[name].uses) found.add(used)
  return [...found].map((name) => `${name} ::= ${rules[name].body}`)
}
