import { systemClock } from '../../spec/system-clock.ts'
import { loadGenerator } from '../generation/load-generator.ts'
import { loadOnnxModel } from '../onnx/load-onnx-model.ts'
import { serveEngine } from './serve-engine.ts'

const { monotonic } = systemClock

// Service managers and terminals signal whole groups of processes. This one ends when its parent says so or is gone: answers may yet finish.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => undefined)

// The engine process: one ONNX model, started by EngineHost.
serveEngine({
  channel: process,
  monotonic,
  load: (options) => loadGenerator({ ...options, openModel: loadOnnxModel, random: Math.random, monotonic }),
})
