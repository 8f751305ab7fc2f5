import { nationalId } from './national-id.ts'

/** French NIR: sex, year and month of birth, place, order, and a key modulo 97 (2A and 2B stand for Corsica). */
export const frNir = nationalId({
  name: 'fr-nir',
  firstRun: [1, 3, 5, 6, 13, 15],
  pattern: /[1-478][ .]?\d{2}[ .]?\d{2}[ .]?(?:\d{2}|2[AaBb])[ .]?\d{3}[ .]?\d{3}[ .-]?\d{2}/y,
  isValid(compact) {
    const month = Number(compact.slice(3, 5))
    if (month < 1 || (month > 12 && month < 20) || (month > 42 && month < 50)) return false
    const body = compact.slice(0, 13).replace('2A', '19').replace('2B', '18')
    return 97 - Number(BigInt(body) % 97n) === Number(compact.slice(13))
  },
  score: () => 0.85,
})
