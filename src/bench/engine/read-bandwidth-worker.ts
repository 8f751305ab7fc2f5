import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'

const written = 1
const absent = 0
const buffer = Buffer.alloc(z.int().parse(workerData), written)
parentPort?.on('message', () => parentPort?.postMessage(buffer.indexOf(absent)))
