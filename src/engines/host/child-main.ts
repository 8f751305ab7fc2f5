import { systemClock } from '../../spec/system-clock.ts'
import { loadGenerator } from '../generation/load-generator.ts'
import { loadOnnxModel } from '../onnx/load-onnx-model.ts'
import { serveEngine } from './serve-engine.ts'

const { monotonic } = systemClock

// The engine process: one ONNX model, started by EngineHost.
serveEngine({
  channel: process,
  monotonic,
  load: (options) => loadGenerator({ ...options, openModel: loadOnnxModel, random: Math.random, monotonic }),
})
