import type { InferenceRequest } from '../../spec/request.ts'
import { offeredTools } from '../grammar/answer-grammar.ts'

/** UTF-16 units of all that a model reads of a request: messages, tools and the answer so far, without the words of its chat template. */
export function promptCharacters(request: InferenceRequest): number {
  const { messages, answerSoFar = '' } = request
  const tools = offeredTools(request)
  const described = tools.length === 0 ? 0 : JSON.stringify(tools).length
  const texts = messages.flatMap(({ content }) =>
    typeof content === 'string' ? [content] : content.map((part) => (part.type === 'text' ? part.text : '')),
  )
  return texts.reduce((sum, { length }) => sum + length, answerSoFar.length + described)
}
