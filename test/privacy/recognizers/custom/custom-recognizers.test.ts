import * as tools from 'vitest'
import { compileCustomRecognizers } from '../../../../src/privacy/recognizers/custom/compile.ts'
import {
  type CustomRecognizer,
  customRecognizers,
} from '../../../../src/privacy/recognizers/custom/custom-recognizers.ts'
import type { Recognizer } from '../../../../src/privacy/recognizers/recognizer.ts'
import { conformRecognizer } from '../../../../src/testing/conformance/recognizer.ts'

const { describe, expect, it } = tools

function recognizerOf(written: object): Recognizer {
  const [recognizer] = compileCustomRecognizers(customRecognizers.parse([written]))
  if (recognizer === undefined) throw new Error('nothing was compiled')
  return recognizer
}

const pattern = { kind: 'pattern', name: 'employee', pattern: 'EMP-[0-9]{6}' }
const dictionary = { kind: 'dictionary', name: 'projects', words: ['Blue Heron', 'Blue', '青鹭项目', 'C++'] }
const jsonField = { kind: 'json-field', name: 'fields', fields: ['patient', 'ref'] }

conformRecognizer({
  tools,
  setUp: () => recognizerOf(pattern),
  finds: ['⟦EMP-004711⟧ and ⟦EMP-004712⟧'],
  ignores: ['emp-004711', 'EMP-47'],
})
conformRecognizer({
  tools,
  setUp: () => recognizerOf({ ...pattern, name: 'sex-field', pattern: 'sex: *([hm])\\b', ignoreCase: true }),
  finds: ['Sex: ⟦M⟧, sex:⟦h⟧'],
  ignores: ['sex: Mujer'],
})
conformRecognizer({
  tools,
  setUp: () => recognizerOf(dictionary),
  finds: ['⟦BLUE HERON⟧ is ⟦blue⟧', '关于⟦青鹭项目⟧的报告', 'in ⟦c++⟧.', 'İ ⟦Blue⟧'],
  ignores: ['bluebird', 'Heron', 'true-blue1'],
})
conformRecognizer({
  tools,
  setUp: () => recognizerOf(jsonField),
  finds: [
    '{"patient": "⟦Ana \\"A\\" García⟧", "ref" : ⟦4711⟧}',
    'text {"x":{"ref":⟦["a", {"b": 1}]⟧}} "patient" said',
    '{"patient":"⟦cut off⟧',
  ],
  ignores: ['{"patients": "Ana"}', '{"x": "patient"}', '{"patient":""}'],
})

describe('a policy with custom recognizers', () => {
  const refusal = (custom: readonly unknown[]) => {
    try {
      compileCustomRecognizers(custom as readonly CustomRecognizer[])
      return undefined
    } catch (error) {
      return error
    }
  }

  it.each([
    ['a(b', 2],
    ['ab)c', 3],
    ['x[z-a]', 3],
    ['ok(?=no)', 3],
    ['a**', 2],
    ['x{2000}', 2],
    ['a\\', 2],
  ])('is refused for the pattern %s, with the position of the fault', (wrong, position) => {
    expect(refusal([{ ...pattern, pattern: wrong }])).toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(new RegExp(`employee.*pattern.*at character ${position}\\b`)),
    })
  })

  it('is refused for a pattern that matches the empty text', () => {
    expect(refusal([{ ...pattern, pattern: 'a*' }])).toMatchObject({ message: expect.stringContaining('empty') })
  })

  it('is refused when it is too large', () => {
    expect(refusal([{ ...pattern, pattern: 'a'.repeat(501) }])).toMatchObject({ code: 'config-invalid' })
    expect(refusal(Array.from({ length: 65 }, () => pattern))).toMatchObject({ code: 'config-invalid' })
    expect(refusal([{ ...dictionary, words: Array.from({ length: 10_001 }, () => 'ab') }])).toMatchObject({
      code: 'config-invalid',
    })
  })

  it('never stalls on a pattern that makes backtracking engines explode', () => {
    const recognizer = recognizerOf({ ...pattern, pattern: '(a+)+b' })
    expect(recognizer.find('a'.repeat(5000))).toEqual([])
  })
})
