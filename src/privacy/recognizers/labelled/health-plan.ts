import { hasDigits, labelledValue } from './labelled-value.ts'

/** Numbers of members and policies of health plans, by the word before them. */
export const healthPlan = labelledValue({
  name: 'health-plan',
  entity: 'HEALTH_PLAN',
  label: 'healthPlan',
  value: /[A-Za-z0-9](?:[-/. ]?[A-Za-z0-9]){2,3}(?:[-/. ]?\d|[-/.]?[A-Z]){2,18}/y,
  isValue: hasDigits(5),
  score: 0.85,
})
