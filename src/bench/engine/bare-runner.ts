import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type BareAnswer, type BareOptions, type BareQuestion, bareAnswer } from './bare-protocol.ts'
import type { Prompt, Runner } from './runner.ts'

export interface BareRunner extends Runner {
  answer(prompt: Prompt, tokens: number): Promise<BareAnswer>
}

/** Starts a bare loop over onnxruntime in a process of its own. */
export function startBare(options: BareOptions): Promise<BareRunner> {
  return startBareProcess('bare-process', options, options.graph)
}

/** Starts the program of this name in this folder, which answers questions over a model with nothing but a library. */
export async function startBareProcess(name: string, options: object, model: string): Promise<BareRunner> {
  const file = join(import.meta.dirname, `${name}${import.meta.filename.slice(-3)}`)
  const child = fork(file, [JSON.stringify(options)], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const gone = once(child, 'exit')
  const ended = gone.then(([code]) => Promise.reject(new Error(`the bare loop over ${model} ended with ${code}`)))
  ended.catch(() => undefined)
  const reply = async (): Promise<unknown> => (await Promise.race([once(child, 'message'), ended]))[0]
  let rssMiB = Number.NaN
  await reply()
  return {
    async answer({ ids }, tokens) {
      child.send({ prompt: [...ids], tokens } satisfies BareQuestion)
      const answer = bareAnswer.parse(await reply())
      rssMiB = answer.rssMiB
      return answer
    },
    rssMiB: async () => rssMiB,
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect()
      await gone
    },
  }
}
