import { loadEncoder } from './load-encoder.ts'
import { serveEmbedder } from './serve-embedder.ts'

// As the engine process does: it ends when its parent says so or is gone.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => undefined)

// The embedder process: one encoder model, started by startOnnxEmbedder.
serveEmbedder({ channel: process, load: loadEncoder })
