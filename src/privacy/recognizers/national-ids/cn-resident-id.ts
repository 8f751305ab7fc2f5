import { nationalId } from './national-id.ts'

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** Chinese resident identity numbers (GB 11643): region, date of birth, order, and a check unit modulo 11. */
export const cnResidentId = nationalId({
  name: 'cn-resident-id',
  firstRun: [17, 18],
  pattern: /[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]/y,
  isValid(compact) {
    const sum = weights.reduce((total, weight, index) => total + weight * Number(compact[index]), 0)
    return '10X98765432'[sum % 11] === compact[17]
  },
  score: () => 0.97,
})
