import { loadEncoder } from './load-encoder.ts'
import { serveEmbedder } from './serve-embedder.ts'

// The embedder process: one encoder model, started by startOnnxEmbedder.
serveEmbedder({ channel: process, load: loadEncoder })
