import { findLlamaLibrary } from '../../../src/engines/llama-cpp/find-llama-library.ts'

/** Where node-llama-cpp may lie for tests, an optional peer: a `node_modules` folder named by this variable, else this package's own. */
export const modules = process.env.EDGEWISE_LLAMA_MODULES

/** URL of node-llama-cpp's entry; undefined, with a printed reason, when it is not installed. */
export const library = await findLlamaLibrary(modules).then(
  ({ entry }) => entry,
  (error: Error) => {
    console.info(`skipped: ${error.message} (or name its node_modules in EDGEWISE_LLAMA_MODULES)`)
    return undefined
  },
)
