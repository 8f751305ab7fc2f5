import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serveEngine } from '../../../src/engines/host/serve-engine.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { answers, idsOf, scriptedModel } from '../generation/scripted-model.ts'

const short = answers({ short: 'ok' })
const [x = 0] = idsOf('x')

// An engine process with a scripted model: it says `ok` to what is short and x without end to anything else.
// A file `broken` in the model's folder makes it refuse to load, a file `hanging` load for ever.
serveEngine({
  channel: process,
  monotonic: () => performance.now(),
  async load({ manifest }) {
    if (existsSync(join(manifest.folder, 'broken'))) throw new EdgewiseError('model-invalid', 'the model is broken')
    if (existsSync(join(manifest.folder, 'hanging'))) {
      setInterval(() => undefined, 1000)
      return new Promise(() => undefined)
    }
    let isStuck = false
    let asked = 0
    const { generator } = scriptedModel({
      contextTokens: manifest.contextTokens,
      next: (ids) => (ids.length < 20 && ids[2] === idsOf('short')[0] ? short(ids) : x),
    })
    return {
      ...generator,
      // Told with each sign of life: so a test knows that one has come.
      stats: () => ({ ...generator.stats(), ...(isStuck ? { running: 1, kvBytes: ++asked } : {}) }),
      generate(request, signal) {
        if (request.id === 'stuck') {
          isStuck = true
          return { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }
        }
        if (request.id === 'nonsense') process.send?.({ type: 'nonsense' })
        // Work that would outlive the parent.
        if (request.id === 'busy') setInterval(() => undefined, 1000)
        return generator.generate(request, signal)
      },
    }
  },
})
