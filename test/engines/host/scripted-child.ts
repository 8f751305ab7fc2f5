import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serveEngine } from '../../../src/engines/host/serve-engine.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { answers, scriptedModel } from '../generation/scripted-model.ts'

// An engine process with a scripted model, which never gets beyond 20 tokens. A file `broken` in the model's folder makes it refuse to load.
serveEngine({
  channel: process,
  monotonic: () => performance.now(),
  async load({ manifest }) {
    if (existsSync(join(manifest.folder, 'broken'))) throw new EdgewiseError('model-invalid', 'the model is broken')
    const { generator } = scriptedModel({
      next: answers({ short: 'ok', endless: 'word after word' }),
      beforeStep: ({ position }) => (position < 20 ? Promise.resolve() : new Promise(() => undefined)),
    })
    return {
      ...generator,
      generate(request, signal) {
        if (request.id === 'nonsense') process.send?.({ type: 'nonsense' })
        return generator.generate(request, signal)
      },
    }
  },
})
