/** One piece of a message: text, or an image that only a model with vision can read. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly url: string; readonly detail?: string }

export interface ToolCall {
  readonly id: string
  readonly name: string
  /** JSON text, as the model wrote it. */
  readonly arguments: string
}

export type Message =
  | { readonly role: 'system' | 'developer'; readonly content: string; readonly name?: string }
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[]; readonly name?: string }
  | {
      readonly role: 'assistant'
      readonly content: string
      readonly toolCalls?: readonly ToolCall[]
      readonly name?: string
    }
  | { readonly role: 'tool'; readonly content: string; readonly toolCallId: string }

export interface Tool {
  readonly name: string
  readonly description?: string
  /** JSON Schema of the arguments. */
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly strict?: boolean
}

export type ToolChoice = 'none' | 'auto' | 'required' | { readonly name: string }

export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema'
      readonly name: string
      readonly schema: Readonly<Record<string, unknown>>
      readonly strict?: boolean
    }

/** How the next token is drawn. A temperature of 0 is greedy. */
export interface Sampling {
  readonly temperature: number
  /** Nucleus mass kept, 0..1; 1 keeps all. */
  readonly topP: number
  /** Number of most probable tokens kept; 0 keeps all. */
  readonly topK: number
  /** Least probability kept, as a share of the most probable token's, 0..1; absent keeps all. */
  readonly minP?: number
  /** Taken once from the logit of each token that the answer already has, -2..2. */
  readonly presencePenalty?: number
  /** Taken from the logit of a token for each time that the answer already has it, -2..2. */
  readonly frequencyPenalty?: number
  /** Makes tokens of prompt and answer less likely when over 1: divides their positive logits, multiplies their negative ones. */
  readonly repetitionPenalty?: number
  /** Added to the logits of tokens, by their id in the vocabulary of the model that answers, -100..100. */
  readonly logitBias?: Readonly<Record<string, number>>
  /** Same seed, prompt and model: same text. */
  readonly seed?: number
}

/** How vectors are to be. */
export interface EmbeddingWish {
  /** Length of each vector; absent: the model's own. */
  readonly dimensions?: number
}

/** Whose steps go first where requests share a model. Background steps use the time that nobody else wants. */
export type Priority = 'urgent' | 'normal' | 'background'

/** A request to a language model, whatever wire it came over. Carries content: never log it. */
export interface InferenceRequest {
  readonly id: string
  /** Id of a model. The edge resolves aliases and `auto` before an engine sees the request. */
  readonly model: string
  readonly messages: readonly Message[]
  readonly sampling: Sampling
  /** Upper limit of generated tokens; absent: as many as the context holds. */
  readonly maxTokens?: number
  /** The answer ends before the first of these. */
  readonly stop: readonly string[]
  /** Alternatives to report per token; 0 reports only the chosen token; absent: no log-probabilities at all. */
  readonly topLogprobs?: number
  readonly tools?: readonly Tool[]
  readonly toolChoice?: ToolChoice
  /** False: at most one call in an answer. */
  readonly parallelToolCalls?: boolean
  readonly responseFormat?: ResponseFormat
  /** The one user message is the prompt itself: no chat template is put around it. */
  readonly rawPrompt?: true
  /** Asks for a vector of each of the user messages, in place of an answer. */
  readonly embedding?: EmbeddingWish
  /** Names the conversation, so that a pool can keep it on one member; an HMAC or the caller's own word, never content. */
  readonly conversation?: string
  /** Text of this same answer that another model already gave; the engine goes on right behind it. */
  readonly answerSoFar?: string
  /** When its caller stops waiting, on the monotonic clock of this process; a hub is told how much of it is left. */
  readonly deadlineAt?: number
  /** `normal` when absent. */
  readonly priority?: Priority
  /** A hub goes on with it when this edge is gone, and keeps the answer under the request's id until it is asked for again. */
  readonly isDetached?: boolean
}

/**
 * What a request asks of a model beyond text in, text out. `completions`: a prompt without a chat template. `embeddings`: the model gives vectors,
 * and no text at all.
 */
export const capabilities = [
  'tools',
  'json',
  'vision',
  'logprobs',
  'continuation',
  'completions',
  'embeddings',
] as const
export type Capability = (typeof capabilities)[number]

/** The capabilities without which this request cannot be honoured, each with the request field that asks for it. */
export function requiredCapabilities(request: InferenceRequest): ReadonlyMap<Capability, string> {
  const needed = new Map<Capability, string>()
  if (request.tools !== undefined && request.tools.length > 0 && request.toolChoice !== 'none')
    needed.set('tools', 'tools')
  if (request.responseFormat !== undefined && request.responseFormat.type !== 'text')
    needed.set('json', 'response_format')
  if (request.answerSoFar !== undefined) needed.set('continuation', 'answerSoFar')
  if (request.topLogprobs !== undefined) needed.set('logprobs', 'logprobs')
  if (request.embedding !== undefined) needed.set('embeddings', 'model')
  if (request.rawPrompt === true) needed.set('completions', 'prompt')
  if (request.messages.some((message) => message.role === 'user' && hasImage(message.content))) {
    needed.set('vision', 'messages')
  }
  return needed
}

function hasImage(content: string | readonly ContentPart[]): boolean {
  return typeof content !== 'string' && content.some((part) => part.type === 'image')
}
