import { importModel } from '../../src/model-store/import-model.ts'
import { systemClock } from '../../src/spec/system-clock.ts'

// An import that is killed after its first piece.
const [, , file = '', modelsFolder = ''] = process.argv
await importModel({
  file,
  modelsFolder,
  trusted: 'anyone',
  clock: systemClock,
  signal: new AbortController().signal,
  onBytes: () => process.kill(process.pid, 'SIGKILL'),
})
