// Runs before the dependencies' own install scripts. onnxruntime-node carries everything that a CPU needs, yet on Linux x64 its script
// fetches some hundred MB of CUDA libraries from another host, and fails the whole installation where that host cannot be reached.
// It leaves alone what is already there, so empty files in their place keep it from calling out. Whoever wants CUDA still gets it with
// `npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12`. ONNXRUNTIME_NODE_INSTALL, when set, is obeyed.
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const isDecided = ['ONNXRUNTIME_NODE_INSTALL', 'npm_config_onnxruntime_node_install'].some((name) => process.env[name])

if (process.platform === 'linux' && process.arch === 'x64' && !isDecided) {
  try {
    const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
    const folder = join(dirname(manifest), 'bin', 'napi-v6', 'linux', 'x64')
    for (const library of ['cuda', 'shared', 'tensorrt']) {
      const path = join(folder, `libonnxruntime_providers_${library}.so`)
      if (!existsSync(path)) writeFileSync(path, '')
    }
  } catch {
    // Not there, laid out otherwise, or read-only: then its own script decides.
  }
}
