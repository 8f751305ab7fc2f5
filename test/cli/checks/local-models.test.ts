import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkGgufFile } from '../../../src/cli/checks/gguf-file.ts'
import { checkLocalServer, findLocalServers } from '../../../src/cli/checks/local-servers.ts'
import { localServerSchema } from '../../../src/edge/local-server/settings.ts'
import { llamaServerPages, ollamaPages } from '../../../src/testing/mock-upstream/local-server-pages.ts'
import { startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { writeTinyGguf } from '../../../src/testing/tiny-gguf/write-tiny-gguf.ts'
import { library, modules } from '../../engines/llama-cpp/installed-llama.ts'
import { freePort } from '../../privacy/egress/egress-subject.ts'

const never = new AbortController().signal

describe('edgewise doctor on model servers', () => {
  it('finds those that answer, says what they offer and what to write', async () => {
    await using ollama = await startMockUpstream({ models: ['qwen3:0.6b', 'gemma3'], pages: ollamaPages() })
    await using plain = await startMockUpstream({ models: ['small'], pages: llamaServerPages() })
    const nobody = `http://127.0.0.1:${await freePort()}/v1`
    const findings = await findLocalServers(never, [nobody, ollama.baseUrl, plain.baseUrl])
    expect(findings).toMatchObject([
      { verdict: 'ok', what: `Ollama at ${ollama.baseUrl} offers qwen3:0.6b, gemma3` },
      { verdict: 'ok', what: `llama-server at ${plain.baseUrl} offers small` },
    ])
    expect(findings[0]?.fix).toBe(`To use it: edge.model: { url: ${ollama.baseUrl}, model: 'qwen3:0.6b' }`)
    expect(await findLocalServers(never, [nobody])).toMatchObject([{ what: `none answers at ${nobody}` }])
  })

  it('checks the one of the settings', async () => {
    await using server = await startMockUpstream({ models: ['small'], pages: llamaServerPages({ tools: true }) })
    const settings = (model: string) => localServerSchema.parse({ url: server.baseUrl, model })
    expect(await checkLocalServer(settings('small'), never)).toMatchObject({
      verdict: 'ok',
      what: expect.stringMatching(/small of llama-server .* 8192 tokens: json, logprobs, completions, tools/),
    })
    expect(await checkLocalServer(settings('other'), never)).toMatchObject({
      verdict: 'fail',
      what: expect.stringMatching(/does not offer other; it offers small/),
    })
  })
})

describe('edgewise doctor on a .gguf file', () => {
  it('tells a broken file and a missing library', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'edgewise-gguf-'))
    try {
      const [broken, whole] = [join(folder, 'broken.gguf'), join(folder, 'whole.gguf')]
      await writeFile(broken, '<html>')
      await writeTinyGguf({ path: whole })
      expect(await checkGgufFile(broken)).toMatchObject({ verdict: 'fail', what: `${broken} is no GGUF file` })
      expect(await checkGgufFile(whole, folder)).toMatchObject({
        verdict: 'fail',
        fix: expect.stringMatching(/npm install/),
      })
      if (library !== undefined) expect(await checkGgufFile(whole, modules)).toMatchObject({ verdict: 'ok' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
