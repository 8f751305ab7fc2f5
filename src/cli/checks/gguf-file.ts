import { open } from 'node:fs/promises'
import { findLlamaLibrary } from '../../engines/llama-cpp/find-llama-library.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Finding } from './check.ts'

const subject = 'local model'

/** Whether a .gguf file is one, and the library that runs it is installed. `modules`: where to look for that library alone. */
export async function checkGgufFile(path: string, modules?: string): Promise<Finding> {
  const bytes = await ggufBytes(path)
  if (bytes === undefined) {
    const fix = 'Copy it again, or fetch it with `edgewise model pull`, which compares its digest.'
    return { verdict: 'fail', subject, what: `${path} is no GGUF file`, fix }
  }
  try {
    const { version } = await findLlamaLibrary(modules)
    return {
      verdict: 'ok',
      subject,
      what: `${path}, ${Math.ceil(bytes / 2 ** 20)} MiB, with node-llama-cpp ${version}`,
    }
  } catch (error) {
    if (!(error instanceof EdgewiseError)) throw error
    return { verdict: 'fail', subject, what: error.message, fix: 'npm install node-llama-cpp, beside edgewise.' }
  }
}

/** Size of the file; undefined when it cannot be read or does not begin as a GGUF file does. */
async function ggufBytes(path: string): Promise<number | undefined> {
  try {
    await using file = await open(path)
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.toString('latin1') === 'GGUF' ? (await file.stat()).size : undefined
  } catch {
    return undefined
  }
}
