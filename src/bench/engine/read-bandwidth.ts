import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

/** Far more than any cache holds. */
const bufferBytes = 512 * 2 ** 20

/** Measures how fast this machine reads memory, with its buffers kept between measurements. */
export interface ReadMeter extends AsyncDisposable {
  /** Bytes per second of all threads together, over one pass of the buffers. */
  measure(): Promise<number>
}

/**
 * Opens a meter of so many threads: each searches its share of 512 MiB for a byte that is not there. Node hands that search to the C library's
 * `memchr`, which reads forward with vector instructions and does next to nothing else.
 */
export async function openReadMeter(threads: number, totalBytes = bufferBytes): Promise<ReadMeter> {
  const file = join(import.meta.dirname, `read-bandwidth-worker${import.meta.filename.slice(-3)}`)
  const bytes = Math.floor(totalBytes / threads)
  const workers = Array.from({ length: threads }, () => new Worker(file, { workerData: bytes }))
  const pass = async () => {
    const done = workers.map((worker) => once(worker, 'message'))
    for (const worker of workers) worker.postMessage('read')
    await Promise.all(done)
  }
  await Promise.all(workers.map((worker) => once(worker, 'online')))
  await pass()
  return {
    async measure() {
      const start = performance.now()
      await pass()
      return (1000 * bytes * threads) / (performance.now() - start)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
