import { systemClock } from '../../spec/system-clock.ts'
import { serveEngine } from '../host/serve-engine.ts'
import { type LoadLlamaGeneratorOptions, loadLlamaGenerator } from './load-llama-generator.ts'

const { monotonic } = systemClock

// The engine process: one GGUF model, started by EngineHost.
serveEngine({
  channel: process,
  monotonic,
  load: (options: Omit<LoadLlamaGeneratorOptions, 'random' | 'monotonic'>) =>
    loadLlamaGenerator({ ...options, random: Math.random, monotonic }),
})
