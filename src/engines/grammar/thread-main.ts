import { parentPort, workerData } from 'node:worker_threads'
import type { CompiledGrammar, GrammarMatcher } from '@mlc-ai/web-xgrammar'
import { loadXgrammar } from './load-xgrammar.ts'
import type { FromThread, OpenMatcher, ToThread, Vocabulary } from './thread-protocol.ts'

/** Compiled grammars that are kept for the next request with the same one. */
const mostCompiled = 32

interface Matching {
  readonly matcher: GrammarMatcher
  readonly mask: Int32Array
}

const { words, size, endIds } = workerData as Vocabulary
const xgrammar = loadXgrammar()
const vocabulary = await xgrammar.TokenizerInfo.createTokenizerInfo([...words], 'byte_level', false, size, [...endIds])
const compiler = await xgrammar.GrammarCompiler.createGrammarCompiler(vocabulary, false)
const compiled = new Map<string, CompiledGrammar>()
const matchings = new Map<number, Matching>()

// The thread of the grammar engine, started by GrammarThread: it compiles grammars and matches tokens, one thing at a time.
let last = Promise.resolve()
parentPort?.on('message', (message: ToThread) => {
  last = last.then(() => answer(message))
})
post({ ready: true })

async function answer(message: ToThread): Promise<void> {
  if (message.kind === 'close') {
    matchings.get(message.matcher)?.matcher.dispose()
    matchings.delete(message.matcher)
    return
  }
  try {
    post({ ok: await work(message) })
  } catch {
    // What the engine says may quote the schema, and it cannot be used any more.
    post({ failed: true })
  }
}

async function work(message: Exclude<ToThread, { kind: 'close' }>): Promise<boolean> {
  if (message.kind === 'open') return open(message)
  const matching = matchings.get(message.matcher)
  if (matching === undefined) throw new Error(`there is no matcher ${message.matcher}`)
  if (message.kind === 'accept' && matching.matcher.acceptToken(message.id)) return true
  matching.mask.set(await matching.matcher.getNextTokenBitmask())
  return message.kind === 'mask'
}

async function open({ matcher: id, grammar, start, accepted, mask }: OpenMatcher): Promise<boolean> {
  const matcher = await xgrammar.GrammarMatcher.createGrammarMatcher(await compile(grammar))
  if ((start !== '' && !matcher._acceptString(start)) || !accepted.every((token) => matcher.acceptToken(token))) {
    matcher.dispose()
    return false
  }
  matchings.set(id, { matcher, mask: new Int32Array(mask) })
  return true
}

async function compile(grammar: string): Promise<CompiledGrammar> {
  const known = compiled.get(grammar)
  const result = known ?? (await compiler.compileGrammar(grammar))
  // The one used last goes to the end, the first one is given up.
  compiled.delete(grammar)
  compiled.set(grammar, result)
  const [oldest] = compiled.keys()
  if (compiled.size > mostCompiled && oldest !== undefined) {
    compiled.get(oldest)?.dispose()
    compiled.delete(oldest)
  }
  return result
}

function post(message: FromThread): void {
  parentPort?.postMessage(message)
}
