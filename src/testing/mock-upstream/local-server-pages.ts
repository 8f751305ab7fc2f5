/** What Ollama tells beside OpenAI's API, of whichever model it is asked. */
export function ollamaPages({
  capabilities = ['completion'],
  contextTokens,
  relaysTo,
}: {
  readonly capabilities?: readonly string[]
  /** As set by `PARAMETER num_ctx`. */
  readonly contextTokens?: number
  /** A model of its cloud, which it answers for. */
  readonly relaysTo?: string
} = {}): Readonly<Record<string, unknown>> {
  return {
    'GET /api/version': { version: '0.12.6' },
    'POST /api/show': {
      capabilities,
      details: { family: 'qwen3', parameter_size: '751.63M', quantization_level: 'Q4_K_M' },
      model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 },
      ...(contextTokens === undefined
        ? {}
        : { parameters: `stop "<|im_end|>"\nnum_ctx                        ${contextTokens}` }),
      ...(relaysTo === undefined ? {} : { remote_host: relaysTo, remote_model: 'gpt-oss:120b' }),
    },
  }
}

/** What llama-server tells beside OpenAI's API. */
export function llamaServerPages({
  contextTokens = 8192,
  tools = false,
  vision = false,
}: {
  readonly contextTokens?: number
  readonly tools?: boolean
  readonly vision?: boolean
} = {}): Readonly<Record<string, unknown>> {
  return {
    'GET /props': {
      default_generation_settings: { id: 0, n_ctx: contextTokens, speculative: false, is_processing: false },
      total_slots: 1,
      model_path: 'model.gguf',
      chat_template_caps: { supports_tools: tools, supports_system_role: true },
      modalities: { vision, audio: false },
    },
  }
}

/** What LM Studio tells beside OpenAI's API. */
export function lmStudioPages({
  model,
  type = 'llm',
  tools = false,
  contextTokens,
}: {
  readonly model: string
  readonly type?: 'llm' | 'vlm' | 'embeddings'
  readonly tools?: boolean
  /** Absent: the model is not loaded yet. */
  readonly contextTokens?: number
}): Readonly<Record<string, unknown>> {
  const loaded = contextTokens === undefined ? {} : { loaded_context_length: contextTokens }
  return {
    'GET /api/v0/models': {
      object: 'list',
      data: [
        {
          id: model,
          object: 'model',
          type,
          state: contextTokens === undefined ? 'not-loaded' : 'loaded',
          max_context_length: 131_072,
          ...loaded,
          capabilities: tools ? ['tool_use'] : [],
        },
      ],
    },
  }
}
