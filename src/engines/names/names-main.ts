import { loadNameReader } from './load-name-reader.ts'
import { serveNames } from './serve-names.ts'

// As the engine process does: it ends when its parent says so or is gone.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => undefined)

// The process of a name model, started by startNameModel.
serveNames({ channel: process, load: loadNameReader })
