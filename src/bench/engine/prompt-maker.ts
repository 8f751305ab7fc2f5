import { createChatTemplate } from '../../engines/tokenizer/chat-template.ts'
import { createTokenizer } from '../../engines/tokenizer/tokenizer.ts'
import { readTokenizerFiles } from '../../engines/tokenizer/tokenizer-files.ts'
import type { Prompt } from './runner.ts'

/** Gives prompts in the words of one model. */
export interface PromptMaker {
  /** This message. */
  of(content: string): Prompt
  /** A message that makes a prompt of exactly so many tokens. Throws where this tokenizer joins digits. */
  ofLength(tokens: number): Prompt
}

/** Reads the text side of a model's folder. */
export async function promptMaker(folder: string): Promise<PromptMaker> {
  const files = await readTokenizerFiles(folder)
  const tokenizer = createTokenizer(files)
  const template = createChatTemplate(files)
  const of = (content: string): Prompt => {
    return { content, ids: tokenizer.encode(template.render([{ role: 'user', content }], tokenizer.protect)) }
  }
  return {
    of,
    ofLength(tokens) {
      const around = of('').ids.length
      const prompt = of('7'.repeat(tokens - around))
      if (prompt.ids.length === tokens) return prompt
      throw new Error(`${tokens - around} digits and ${around} tokens around them are ${prompt.ids.length} tokens`)
    },
  }
}
