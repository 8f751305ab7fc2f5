import { availableParallelism } from 'node:os'
import { type OnnxEmbedder, startOnnxEmbedder } from '../../engines/embedding/onnx-embedder.ts'
import { readEmbeddingFolder } from '../../model-store/embedding-folder.ts'
import type { Clock } from '../../spec/ports.ts'
import type { EdgeConfig } from '../config.ts'

/** The embedding model that the settings name, in a child process of its own; undefined when they name none. */
export async function startLocalEmbedder({
  config,
  clock,
}: {
  readonly config: EdgeConfig
  readonly clock: Clock
}): Promise<OnnxEmbedder | undefined> {
  const { embeddings, threads = Math.max(1, availableParallelism() - 1) } = config
  if (embeddings.model === undefined) return undefined
  return startOnnxEmbedder({ manifest: await readEmbeddingFolder({ folder: embeddings.model }), threads, clock })
}
