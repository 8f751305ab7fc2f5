#!/usr/bin/env -S MALLOC_MMAP_THRESHOLD_=32768 node --max-semi-space-size=4 --heap-growing-percent=30
// A server under load else keeps some 100 MiB that it could do without: young garbage, old garbage up to twice what is in use, and
// what the compilers of V8 took from glibc, which gives it back to the system only when it came in blocks of its own.
// Plain old JavaScript: an old Node must get as far as the sentence below.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const needed = 24
const running = process.versions.node

if (Number.parseInt(running, 10) < needed) {
  const path = fileURLToPath(import.meta.url)
  // The flag is for npm 12, which else does not unpack Node. Where npx finds the installed package by its name, the name will do.
  const program = path.startsWith(join(process.cwd(), 'node_modules')) ? 'edgewise' : `node ${path}`
  const words = process.argv.slice(2).join(' ') || '--help'
  process.stderr.write(
    `Edgewise needs Node ${needed} or newer; you have Node ${running}. ` +
      `This works without changing your installation: npx --allow-scripts=node -p node@${needed} ${program} ${words}\n`,
  )
  process.exitCode = 1
} else {
  const built = new URL('../dist/cli/main.js', import.meta.url)
  // A checkout runs its source as it is; only the published package is built.
  const source = new URL('../src/cli/main.ts', import.meta.url)
  await import(existsSync(source) ? source.href : built.href)
}
