import { labelledValue } from '../labelled/labelled-value.ts'

const placeholder =
  /^(?:[$%<{[(*]|[A-Z][A-Za-z]+-[A-Z]|[\w.:]+\(|x{3,}|\.{2,}|-{2,}|["']|(?:true|false|null|none|undefined|string|required|optional|reset|policy|protected|manager|hash|field|prompt|input)\b)/i

/** Passwords and passcodes, by the word before them and a sign of assignment or "is" between. */
export const password = labelledValue({
  name: 'password',
  entity: 'SECRET',
  label: 'password',
  value: /[^\s"'`,;<>，。；]{4,128}/y,
  isValue: (value) => !placeholder.test(value),
  score: 0.8,
  needsBridge: true,
  isClear: (value, bridge) => /[:：=是为]/.test(bridge) || /[\d\W_]/.test(value.replace(/[.!?]$/, '')),
})
