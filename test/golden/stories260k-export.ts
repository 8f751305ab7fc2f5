import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeOnnxModel } from '../../src/partition/encode-onnx-model.ts'
import type { Checkpoint, Word } from './stories260k-checkpoint.ts'
import { CheckpointGraph, wideHead } from './stories260k-graph.ts'

/** Writes the checkpoint as a model folder: an ONNX graph with GroupQueryAttention, configuration, tokenizer. */
export async function exportCheckpoint(folder: string, model: Checkpoint, words: readonly Word[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  const files = {
    'model.onnx': encodeOnnxModel(new CheckpointGraph(model).build(folder)),
    'config.json': JSON.stringify({
      model_type: 'llama',
      num_hidden_layers: model.layers,
      hidden_size: model.hiddenSize,
      num_attention_heads: model.heads,
      num_key_value_heads: model.kvHeads,
      head_dim: wideHead,
      vocab_size: model.vocabulary,
      max_position_embeddings: model.contextTokens,
      eos_token_id: 2,
    }),
    'tokenizer.json': JSON.stringify(tokenizerOf(words)),
    'tokenizer_config.json': JSON.stringify({
      bos_token: '<s>',
      eos_token: '</s>',
      chat_template: '{{ bos_token }}{{ messages[0].content }}',
    }),
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
}

/** tokenizer.json of a SentencePiece BPE: every split of a word into two words is a merge, ranked by the word's score. */
function tokenizerOf(words: readonly Word[]): object {
  const specials = ['<unk>', '<s>', '</s>']
  const texts = words.map(({ text }, id) => specials[id] ?? text.replaceAll(' ', '▁'))
  const known = new Set(texts)
  const merges = texts
    .map((text, id) => ({ text, score: words[id]?.score ?? 0 }))
    .toSorted((first, second) => second.score - first.score)
    .flatMap(({ text }) => {
      const characters = [...text]
      const splits = characters
        .slice(1)
        .map((_, index) => [characters.slice(0, index + 1).join(''), characters.slice(index + 1).join('')])
      return splits.filter(([left = '', right = '']) => known.has(left) && known.has(right))
    })
  return {
    version: '1.0',
    added_tokens: specials.map((content, id) => ({
      id,
      content,
      special: true,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(texts.map((text, id) => [text, id])),
      merges,
    },
  }
}
