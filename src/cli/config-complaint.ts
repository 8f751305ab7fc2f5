import type { z } from 'zod'

type Issue = z.core.$ZodIssue

const nouns: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
}

const formats: Readonly<Record<string, string>> = {
  url: 'an address such as https://host.example:4600',
  datetime: 'a moment such as 2026-01-31T12:00:00Z',
  date: 'a day such as 2026-01-31',
  time: 'a time such as 12:00:00',
  email: 'an e-mail address',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  cidrv4: 'a range of IPv4 addresses',
  cidrv6: 'a range of IPv6 addresses',
}

/** What a setting has to be, in the words of this program; the words of its schema where that has its own. The value is not in it. */
export function configComplaint(issue: Issue): string {
  if (!isStandard(issue)) return `is not valid: ${issue.message}`
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${nouns[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`
    case 'invalid_format':
      return `must be ${formats[issue.format] ?? `a text that matches ${'pattern' in issue ? issue.pattern : issue.format}`}`
    case 'too_small':
      return `must ${sized(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`
    case 'too_big':
      return `must ${sized(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_union':
      return `must be ${'options' in issue && issue.options !== undefined ? oneOf(issue.options) : kindsOf(issue.errors)}`
    case 'invalid_key':
      return `has a name that is not allowed: ${issue.issues.map((inner) => `it ${configComplaint(inner)}`).join(', ')}`
    default:
      return `is not valid: ${issue.message}`
  }
}

/** True when a number or a switch is wanted: what stands there instead is no secret, unless it is a text. */
export function wantsPlainValue(issue: Issue): boolean {
  if (issue.code === 'too_big' || issue.code === 'too_small') return issue.origin === 'number' || issue.origin === 'int'
  return issue.code === 'invalid_type' && ['number', 'int', 'boolean'].includes(issue.expected)
}

/** False for an issue whose schema says in its own words what is wrong. */
function isStandard({ code, message }: Issue): boolean {
  return code !== 'custom' && /^(Invalid |Too big: |Too small: )/.test(message)
}

function sized(origin: string, bound: string, limit: number | bigint): string {
  if (origin === 'string') return `have ${bound} ${limit} ${limit === 1 ? 'character' : 'characters'}`
  if (['array', 'set', 'map', 'object'].includes(origin))
    return `have ${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`
  return `be ${bound} ${limit}`
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of: ${values.map(String).join(', ')}`
}

/** Of a setting with several forms, none of which fits: what they are. */
function kindsOf(forms: readonly (readonly Issue[])[]): string {
  const kinds = forms.flatMap(([first]) => {
    if (first?.code === 'invalid_type') return nouns[first.expected] ?? []
    return first?.code === 'invalid_value' ? oneOf(first.values) : []
  })
  return kinds.length === 0 ? 'something else' : [...new Set(kinds)].join(', or ')
}
