import { createSessionGenerator, type SessionGenerator } from '../../../src/engines/generation/session-generator.ts'
import { createChatTemplate } from '../../../src/engines/tokenizer/chat-template.ts'
import { createTokenizer, type Tokenizer } from '../../../src/engines/tokenizer/tokenizer.ts'
import {
  createScriptedSessionModel,
  type ScriptedSessionModel,
  type ScriptedSessionOptions,
} from '../../../src/testing/scripted-session.ts'
import { tinyTokenizer, tinyTokenizerConfig } from '../../../src/testing/tiny-decoder/tiny-tokenizer.ts'

export const vocabulary = 300
export const endId = 5

/** The text side of a tiny model. */
export const textSide = (() => {
  const config = tinyTokenizerConfig(256) as { chat_template: string }
  const files = { tokenizer: tinyTokenizer(vocabulary) as never, config, chatTemplate: config.chat_template }
  return { tokenizer: createTokenizer(files), template: createChatTemplate(files) }
})()

const { tokenizer } = textSide

/** Ids of a text of bytes and pairs. */
export function idsOf(text: string): number[] {
  return tokenizer.encode(tokenizer.protect(text))
}

/** Behind each prompt the words of its answer, then the end. The answer is found by what the prompt's last message contains. */
export function answers(words: Readonly<Record<string, string>>): (ids: readonly number[]) => number {
  return (ids) => {
    const start = ids.lastIndexOf(4) + 1
    const prompt = text(tokenizer, ids.slice(0, start))
    const said = text(tokenizer, ids.slice(start))
    const answer = Object.entries(words).find(([key]) => prompt.includes(key))?.[1] ?? ''
    return idsOf(answer.slice(said.length))[0] ?? endId
  }
}

function text(of: Tokenizer, ids: readonly number[]): string {
  return Buffer.concat(ids.map((id) => of.bytesOf(id))).toString()
}

export interface ScriptedModel extends AsyncDisposable {
  readonly generator: SessionGenerator
  readonly sessions: ScriptedSessionModel
}

/** A session generator over a scripted model. */
export function scriptedModel({
  kvBudgetBytes = 1 << 20,
  ...options
}: Partial<ScriptedSessionOptions> & { readonly kvBudgetBytes?: number }): ScriptedModel {
  const sessions = createScriptedSessionModel({ vocabulary, contextTokens: 256, next: () => endId, ...options })
  const generator = createSessionGenerator({
    model: 'scripted',
    sessions,
    ...textSide,
    endIds: new Set([endId]),
    kvBudgetBytes,
    random: Math.random,
    monotonic: () => performance.now(),
  })
  return { generator, sessions, [Symbol.asyncDispose]: () => generator[Symbol.asyncDispose]() }
}
