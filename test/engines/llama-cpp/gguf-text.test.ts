import { describe, expect, it } from 'vitest'
import { readGgufFacts } from '../../../src/engines/llama-cpp/gguf-metadata.ts'
import { createGgufTokenizer, templateTokens } from '../../../src/engines/llama-cpp/gguf-tokenizer.ts'

const words = ['<unk>', '<s>', '</s>', '<0xE2>', '▁the', '▁sea', 's', '<think>']
const ggml = {
  model: 'llama',
  tokens: words,
  token_type: [2, 3, 3, 6, 1, 1, 1, 4],
  bos_token_id: 1,
  eos_token_id: 2,
}

/** Cuts nothing: tells what it was given, as code points. */
const model = (shouldPrependBosToken: boolean) => ({
  tokenize: (text: string) => Array.from(text, (character) => 1000 + (character.codePointAt(0) ?? 0)),
  tokens: { bos: 1, shouldPrependBosToken },
})

describe('the tokenizer of a GGUF file', () => {
  const tokenizer = createGgufTokenizer(model(false), { ggml })

  it('reads words of SentencePiece, single bytes and plain ones', () => {
    const text = (id: number) => new TextDecoder().decode(tokenizer.bytesOf(id))
    expect([text(4), text(6), text(7), text(99)]).toEqual([' the', 's', '<think>', ''])
    expect([...tokenizer.bytesOf(3)]).toEqual([0xe2])
    expect(tokenizer.stripsFirstSpace).toBe(true)
    expect([1, 4, 7].map(tokenizer.isControl)).toEqual([true, false, false])
  })

  it('encodes control tokens of the template as such, and those of a caller as text', () => {
    expect(tokenizer.encode('<s>a</s>')).toEqual([1, 1097, 2])
    const shown = tokenizer.encode(tokenizer.protect('<s>'))
    expect(shown).toEqual([...'<s>'].map((character) => 1000 + (character.codePointAt(0) ?? 0)))
  })

  it('adds the token of the beginning where the model wants it and the template leaves it out', () => {
    const adding = createGgufTokenizer(model(true), { ggml })
    expect(adding.encode('a')).toEqual([1, 1097])
    expect(adding.encode('<s>a')).toEqual([1, 1097])
    expect(templateTokens({ ggml })).toEqual({ bos_token: '<s>', eos_token: '</s>' })
  })

  it('refuses a kind whose words it does not know', () => {
    expect(() => createGgufTokenizer(model(false), { ggml: { ...ggml, model: 'rwkv' } })).toThrow(/"rwkv"/)
  })
})

describe('the facts of a GGUF file', () => {
  const tokenizer = { ggml }
  const general = { architecture: 'qwen3' }

  it('give the memory that a token takes, with grouped heads and heads of their own size', () => {
    const attention = { head_count: 16, head_count_kv: 8, key_length: 128, value_length: 128 }
    const facts = readGgufFacts({ general, tokenizer, qwen3: { block_count: 28, embedding_length: 1024, attention } })
    // Keys and values of 28 layers, 8 heads of 128 numbers, 2 bytes each.
    expect(facts).toMatchObject({ layers: 28, kvBytesPerToken: 2 * 28 * 8 * 256 })
  })

  it('count each layer where layers differ', () => {
    const attention = { head_count: [4, 4, 4], head_count_kv: [2, 0, 1] }
    const facts = readGgufFacts({ general, tokenizer, qwen3: { block_count: 3, embedding_length: 64, attention } })
    expect(facts.kvBytesPerToken).toBe(2 * 3 * 32)
  })

  it('name what is missing', () => {
    expect(() => readGgufFacts({ general, tokenizer, qwen3: { block_count: 3 } })).toThrow(/qwen3\.embedding_length/)
    expect(() => readGgufFacts({ general, tokenizer: { ggml: { model: 'llama' } } })).toThrow(/tokenizer\.ggml\.tokens/)
  })
})
