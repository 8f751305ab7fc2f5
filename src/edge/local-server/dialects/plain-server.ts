import type { ServerDialect } from '../dialect.ts'

/** Any server with OpenAI's API. It tells nothing of its models but their names, so the owner declares what they can do. */
export const plainServer: ServerDialect = {
  kind: 'openai',
  name: 'an OpenAI-compatible server',
  ignores: [],
  speaks: () => Promise.resolve(true),
  describe: () => Promise.resolve({ capabilities: [] }),
  isSameModel: (listed, wanted) => listed === wanted,
}
