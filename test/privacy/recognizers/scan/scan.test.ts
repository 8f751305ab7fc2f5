import { expect, it } from 'vitest'
import type { ContextKind } from '../../../../src/privacy/recognizers/scan/context-words.ts'
import { isNear } from '../../../../src/privacy/recognizers/scan/nearby.ts'
import { scanText } from '../../../../src/privacy/recognizers/scan/scan.ts'
import type { Stretches } from '../../../../src/privacy/recognizers/scan/stretches.ts'

function textsOf(text: string, stretches: Stretches): readonly string[] {
  return Array.from({ length: stretches.count }, (_, index) => text.slice(stretches.start(index), stretches.end(index)))
}

function contextIn(text: string, kind: ContextKind): readonly string[] {
  return textsOf(text, scanText(text).context(kind))
}

it('finds runs of digits and long tokens that hold a digit', () => {
  const text = 'a 12-b345 sk-abcdefghijkl-9x, only-letters-in-this-token 7'
  const scan = scanText(text)
  expect(textsOf(text, scan.digits)).toEqual(['12', '345', '9', '7'])
  expect(textsOf(text, scan.tokens)).toEqual(['sk-abcdefghijkl-9x'])
})

it('finds context words whatever their case and joints, the longest of a kind, and not within words', () => {
  expect(contextIn('MRN 1, Medical_Record 2, PATIENT-ID 3, patient idle, chartered', 'medicalRecord')).toEqual([
    'MRN',
    'Medical_Record',
    'PATIENT-ID',
  ])
  expect(contextIn('FECHA DE NACIMIENTO: x', 'birth')).toContain('FECHA DE NACIMIENTO')
  expect(contextIn('Versión, VERSIÓN', 'notPersonal')).toEqual(['Versión', 'VERSIÓN'])
})

it('finds Chinese context words without borders, in order among the others', () => {
  expect(contextIn('请填手机号，phone，电话', 'phone')).toEqual(['手机', 'phone', '电话'])
})

it('knows a context word before or behind a value within reach, and no farther', () => {
  const text = 'phone: 12345, and much farther on in the text 678 fax'
  const scan = scanText(text)
  const at = (value: string) => ({ start: text.indexOf(value), end: text.indexOf(value) + value.length })
  expect(isNear(scan, 'phone', at('12345'), { before: 5 })).toBe(true)
  expect(isNear(scan, 'phone', at('678'), { before: 20 })).toBe(false)
  expect(isNear(scan, 'phone', at('678'), { before: 20, after: 4 })).toBe(true)
})
