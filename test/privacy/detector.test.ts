import { expect, it } from 'vitest'
import { createDetector } from '../../src/privacy/detector.ts'

function found(text: string, options?: Parameters<typeof createDetector>[0]): readonly string[] {
  return createDetector(options)
    .detect(text)
    .map(({ entity, start, end }) => `${entity}: ${text.slice(start, end)}`)
}

it('finds what different recognizers know in one text, without overlaps', () => {
  expect(found('Dr. Ana García (MRN 0048291) wrote to ana@x.org on 12/03/1980 from 81.2.69.160.')).toEqual([
    'PERSON: Ana García',
    'MEDICAL_RECORD: 0048291',
    'EMAIL_ADDRESS: ana@x.org',
    'DATE: 12/03/1980',
    'IP_ADDRESS: 81.2.69.160',
  ])
})

it('reads a Chinese request', () => {
  expect(found('我叫张伟，电话13812345678，身份证11010519491231002X，住在北京市朝阳区建国路88号。')).toEqual([
    'PERSON: 张伟',
    'PHONE_NUMBER: 13812345678',
    'NATIONAL_ID: 11010519491231002X',
    'ADDRESS: 北京市朝阳区建国路88号',
  ])
})

it('reads the fields of JSON', () => {
  expect(found('{"patient_name": "John Smith", "dob": "1980-03-12", "api_key": "a8f5f167f44f4964e6c998de"}')).toEqual([
    'PERSON: John Smith',
    'DATE: 1980-03-12',
    'SECRET: a8f5f167f44f4964e6c998de',
  ])
})

it('counts a card number as a card, not as a phone number, and an address in a URL as part of it', () => {
  expect(found('phone or card: 4111 1111 1111 1111')).toEqual(['CREDIT_CARD: 4111 1111 1111 1111'])
  expect(found('https://h.example.co/?mail=ana@x.org')).toHaveLength(1)
})

it('counts ages over 89, and all ages when told to', () => {
  expect(found('Edad: 42 años, padre de 91 años')).toEqual(['AGE: 91 años'])
  expect(found('Edad: 42 años, padre de 91 años', { ages: 'all' })).toEqual(['AGE: 42 años', 'AGE: 91 años'])
})

it('finds nothing in plain talk, code and sums', () => {
  for (const text of [
    '',
    'Is there a way to sort a list of 120 numbers in under 3 seconds?',
    'for (let i = 0; i < 10; i++) { total += rows[i].price * 1.21 }',
    'Natalia sold 48/2 = <<48/2=24>>24 clips; version 10.4.2 of 2024 costs $1,299.99.',
    '请把这段文字翻译成英文：今天天气很好。',
  ]) {
    expect(found(text), text).toEqual([])
  }
})

it('uses the recognizers of a policy beside its own', () => {
  const custom = [
    { kind: 'pattern', name: 'employee', pattern: 'EMP-[0-9]{6}', entity: 'CUSTOM', score: 0.9, ignoreCase: false },
  ] as const
  expect(found('EMP-004711 is out', { custom })).toEqual(['CUSTOM: EMP-004711'])
})
