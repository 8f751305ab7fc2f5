import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serveEngine } from '../../../src/engines/host/serve-engine.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { answers, idsOf, scriptedModel } from '../generation/scripted-model.ts'

const short = answers({ short: 'ok' })
const [x = 0] = idsOf('x')

// An engine process with a scripted model: it says `ok` to what is short and x without end to anything else.
// A file `broken` in the model's folder makes it refuse to load.
serveEngine({
  channel: process,
  monotonic: () => performance.now(),
  async load({ manifest }) {
    if (existsSync(join(manifest.folder, 'broken'))) throw new EdgewiseError('model-invalid', 'the model is broken')
    const { generator } = scriptedModel({
      contextTokens: manifest.contextTokens,
      next: (ids) => (ids.length < 20 && ids[2] === idsOf('short')[0] ? short(ids) : x),
    })
    return {
      ...generator,
      generate(request, signal) {
        if (request.id === 'nonsense') process.send?.({ type: 'nonsense' })
        // Work that would outlive the parent.
        if (request.id === 'busy') setInterval(() => undefined, 1000)
        return generator.generate(request, signal)
      },
    }
  },
})
