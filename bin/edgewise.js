#!/usr/bin/env node
// Plain old JavaScript: an old Node must get as far as the sentence below.
import { existsSync } from 'node:fs'

const needed = 24
const running = process.versions.node

if (Number.parseInt(running, 10) < needed) {
  const words = process.argv.slice(2).join(' ') || '--help'
  process.stderr.write(
    `Edgewise needs Node ${needed} or newer; you have Node ${running}. ` +
      `This works without changing your installation: npx -p node@${needed} -p edgewise edgewise ${words}\n`,
  )
  process.exitCode = 1
} else {
  const built = new URL('../dist/cli/main.js', import.meta.url)
  // A checkout runs its source as it is; only the published package is built.
  const source = new URL('../src/cli/main.ts', import.meta.url)
  await import(existsSync(source) ? source.href : built.href)
}
