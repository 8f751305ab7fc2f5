const month31 = '(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])'
const month30 = '(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)'
// The 29th of February is left out: a grammar does not know leap years.
const date = `\\d{4}-(?:${month31}|${month30}|02-(?:0[1-9]|1\\d|2[0-8]))`
const hour = '(?:[01]\\d|2[0-3])'
const time = `${hour}:[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-]${hour}:[0-5]\\d)`
const seconds = '\\d{1,4}H(?:\\d{1,4}M(?:\\d{1,4}S)?)?|\\d{1,4}M(?:\\d{1,4}S)?|\\d{1,4}S'
const days = '\\d{1,4}Y(?:\\d{1,4}M(?:\\d{1,4}D)?)?|\\d{1,4}M(?:\\d{1,4}D)?|\\d{1,4}D'
const duration = `P(?:\\d{1,4}W|(?:${days})(?:T(?:${seconds}))?|T(?:${seconds}))`
const label = '[A-Za-z0-9]{1,15}(?:-[A-Za-z0-9]{1,15}){0,2}'
const hostname = `${label}(?:\\.${label}){0,4}`
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const hex = (count: number) => `[0-9a-f]{${count}}`
const uriCharacters = "[A-Za-z0-9._~!$&'()*+,;=:@-]"

/**
 * What is enforced of each `format` of strings, as a pattern. Each gives only correct texts, not every correct one: e-mail addresses and
 * host names are ASCII and of moderate length, URIs are http or https.
 */
export const stringFormats: ReadonlyMap<string, string> = new Map([
  ['date', `^${date}$`],
  ['time', `^${time}$`],
  ['date-time', `^${date}T${time}$`],
  ['duration', `^${duration}$`],
  ['email', `^[A-Za-z0-9_+-]{1,15}(?:\\.[A-Za-z0-9_+-]{1,15}){0,2}@${hostname}$`],
  ['hostname', `^${hostname}$`],
  ['ipv4', `^${octet}(?:\\.${octet}){3}$`],
  ['uuid', `^${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}$`],
  ['uri', `^https?://${hostname}(?:/${uriCharacters}*)*(?:\\?${uriCharacters}*)?$`],
])

/** Formats of numbers that every number of ours has. */
export const numberFormats: ReadonlySet<string> = new Set(['int64', 'double', 'float'])
