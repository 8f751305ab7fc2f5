import * as tools from 'vitest'
import { builtInRecognizers } from '../../../src/privacy/recognizers/registry.ts'
import { conformRecognizer } from '../../../src/testing/conformance/recognizer.ts'
import { examples } from './examples.ts'

const recognizers = builtInRecognizers({ ages: 'over-89' })

tools.it('has examples for every built-in recognizer, whose names are all different', () => {
  const names = recognizers.map(({ name }) => name)
  tools.expect(new Set(names).size).toBe(names.length)
  tools.expect(names.toSorted()).toEqual(Object.keys(examples).toSorted())
})

for (const recognizer of recognizers) {
  const { finds = [], ignores = [] } = examples[recognizer.name] ?? {}
  conformRecognizer({ tools, setUp: () => recognizer, finds, ignores })
}
