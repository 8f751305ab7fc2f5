import { describe, expect, it } from 'vitest'
import { createDetector } from '../../src/privacy/detector.ts'
import { mergeNames } from '../../src/privacy/merge-names.ts'
import type { Entity, Finding } from '../../src/privacy/recognizers/recognizer.ts'
import type { TokenClass } from '../../src/spec/ports.ts'

/** Where a word stands in a text, as a finding of a recognizer or as a stretch of the model. */
function at(text: string, word: string, entity: Entity, score: number): Finding & TokenClass {
  const start = text.indexOf(word)
  return { entity, start, end: start + word.length, score, recognizer: 'test' }
}

const shown = (text: string, findings: readonly Finding[]) =>
  findings.map(({ entity, start, end }) => `${entity} ${text.slice(start, end)}`)

describe('findings of recognizers and of a name model', () => {
  it('stay what they are where the model names nothing', () => {
    const findings = createDetector().detect('ada@example.org')
    expect(mergeNames('ada@example.org', findings, [])).toBe(findings)
  })

  it('become one where they overlap and are of one class, as sure as the surer', () => {
    const text = 'Dr. Ana García López came'
    const smaller = at(text, 'Ana García', 'PERSON', 0.8)
    const bigger = at(text, 'Ana García López', 'PERSON', 0.7)
    for (const [found, named] of [
      [smaller, bigger],
      [bigger, smaller],
    ] as const) {
      const merged = mergeNames(text, [found], [named])
      expect(shown(text, merged)).toEqual(['PERSON Ana García López'])
      expect(merged[0]?.score).toBe(0.8)
    }
    const shifted = mergeNames(text, [smaller], [at(text, 'García López', 'PERSON', 0.9)])
    expect(shown(text, shifted)).toEqual(['PERSON Ana García López'])
  })

  it('have the borders of the model where a recognizer has a single character more', () => {
    const text = '感谢白郧医生及时发现'
    const found = at(text, '谢白郧', 'PERSON', 0.75)
    expect(shown(text, mergeNames(text, [found], [at(text, '白郧', 'PERSON', 0.7)]))).toEqual(['PERSON 白郧'])
    const shifted = at(text, '白郧医', 'PERSON', 0.7)
    expect(shown(text, mergeNames(text, [found], [shifted]))).toEqual(['PERSON 白郧医'])
  })

  it('leave what has a checksum to its recognizer, however sure the model is of less', () => {
    const text = 'card 4111 1111 1111 1111 of Ada'
    const findings = createDetector().detect(text)
    const named = [at(text, '4111', 'PERSON', 0.9), at(text, 'Ada', 'PERSON', 0.9)]
    expect(shown(text, mergeNames(text, findings, named))).toEqual(['CREDIT_CARD 4111 1111 1111 1111', 'PERSON Ada'])
  })

  it('are divided as the model divides an address into street and town, where nothing of it is left over', () => {
    const text = 'his address: 15 Via Cattaneo 130, Burgos'
    const found = at(text, '15 Via Cattaneo 130, Burgos', 'ADDRESS', 0.75)
    const street = at(text, '15 Via Cattaneo 130', 'ADDRESS', 0.9)
    const town = at(text, 'Burgos', 'LOCATION', 0.9)
    const parts = ['ADDRESS 15 Via Cattaneo 130', 'LOCATION Burgos']
    expect(shown(text, mergeNames(text, [found], [street, town]))).toEqual(parts)
    const whole = ['ADDRESS 15 Via Cattaneo 130, Burgos']
    expect(shown(text, mergeNames(text, [found], [{ ...town, score: 0.7 }]))).toEqual(whole)
    expect(shown(text, mergeNames(text, [found], [street, { ...town, score: 0.7 }]))).toEqual(whole)
    expect(shown(text, mergeNames(text, [found], [at(text, 'Via Cattaneo 130', 'ADDRESS', 0.9), town]))).toEqual(whole)
  })

  it('have the borders of a sure model in Chinese addresses, where what a pattern has more names no place', () => {
    const text = '从西宁市东风路96号寄到文三路88号，对面是环城路2号'
    const joined = at(text, '西宁市东风路96号寄到文三路88号', 'ADDRESS', 0.75)
    const wide = at(text, '对面是环城路2号', 'ADDRESS', 0.75)
    const named = (first: string, score = 0.95) =>
      [first, '文三路88号', '环城路2号'].map((street) => at(text, street, 'ADDRESS', score))
    const streets = ['ADDRESS 西宁市东风路96号', 'ADDRESS 文三路88号', 'ADDRESS 环城路2号']
    expect(shown(text, mergeNames(text, [joined, wide], named('西宁市东风路96号')))).toEqual(streets)
    const whole = ['ADDRESS 西宁市东风路96号寄到文三路88号', 'ADDRESS 环城路2号']
    expect(shown(text, mergeNames(text, [joined, wide], named('东风路96号')))).toEqual(whole)
    const unsure = mergeNames(text, [joined, wide], named('西宁市东风路96号', 0.8))
    expect(shown(text, unsure)).toEqual([whole[0], 'ADDRESS 对面是环城路2号'])
  })

  it('stay whole where the model names a part of them, and become as sure as it is', () => {
    const text = 'mail ada.lovelace@example.org to 12 Main Street Springfield'
    const findings = [
      at(text, 'ada.lovelace@example.org', 'EMAIL_ADDRESS', 0.95),
      at(text, '12 Main Street Springfield', 'ADDRESS', 0.6),
    ]
    const named = [at(text, 'lovelace', 'PERSON', 0.99), at(text, 'Springfield', 'LOCATION', 0.9)]
    const merged = mergeNames(text, findings, named)
    expect(shown(text, merged)).toEqual([
      'EMAIL_ADDRESS ada.lovelace@example.org',
      'ADDRESS 12 Main Street Springfield',
    ])
    expect(merged.map(({ score }) => score)).toEqual([0.99, 0.9])
  })

  it('are swallowed by a longer name of their kind, and by no other', () => {
    const text = 'at 71 Paraguay 87, Alcalalí, ada@example.org'
    const place = at(text, 'Paraguay', 'LOCATION', 0.7)
    const mail = at(text, 'ada@example.org', 'EMAIL_ADDRESS', 0.95)
    const address = at(text, '71 Paraguay 87, Alcalalí, ada@example.org', 'ADDRESS', 0.6)
    expect(shown(text, mergeNames(text, [place], [address]))).toEqual([`ADDRESS ${text.slice(3)}`])
    expect(shown(text, mergeNames(text, [mail], [address]))).toEqual([
      'ADDRESS 71 Paraguay 87, Alcalalí, ',
      'EMAIL_ADDRESS ada@example.org',
    ])
    expect(shown(text, mergeNames(text, [place], [at(text, 'Paraguay', 'PERSON', 0.8)]))).toEqual(['PERSON Paraguay'])
  })

  it('uncover nothing: what the surer leaves of the other stays found', () => {
    const text = 'at Main Street Springfield Illinois now'
    const merged = mergeNames(
      text,
      [at(text, 'Main Street Springfield', 'ADDRESS', 0.6)],
      [at(text, 'Springfield Illinois', 'LOCATION', 0.9)],
    )
    expect(shown(text, merged)).toEqual(['ADDRESS Main Street ', 'LOCATION Springfield Illinois'])
    const weak = mergeNames(text, [at(text, 'Main Street', 'DATE', 0.45)], [at(text, 'Street', 'ADDRESS', 0.9)])
    expect(shown(text, weak)).toEqual(['DATE Main ', 'ADDRESS Street'])
  })

  it('are refused when the model gives a class that nobody knows', () => {
    const stretch = { entity: 'ANIMAL', start: 0, end: 3, score: 1 }
    expect(() => mergeNames('cat', [], [stretch])).toThrow(/the class ANIMAL, which is none of ours/)
  })
})
