import { join } from 'node:path'
import { createVocabulary } from '../../../src/engines/grammar/vocabulary.ts'
import { createTokenizer } from '../../../src/engines/tokenizer/tokenizer.ts'
import { readTokenizerFiles } from '../../../src/engines/tokenizer/tokenizer-files.ts'

/** The vocabulary of the bundled models: real words of several languages, and single bytes. */
export async function bundledVocabulary() {
  const folder = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-cloud')
  const tokenizer = createTokenizer(await readTokenizerFiles(folder))
  const endId = tokenizer.controlId('<|end|>') ?? -1
  const size = 4096
  return { tokenizer, endId, size, vocabulary: createVocabulary({ tokenizer, size, endIds: new Set([endId]) }) }
}
