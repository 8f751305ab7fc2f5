import { EdgewiseError } from '../../spec/errors.ts'

/** Values of a tensor: f32 or f16 numbers, or integers of 32 or 64 bits. */
export type TensorData = Float32Array | Float16Array | Int32Array | BigInt64Array

export interface Tensor {
  readonly dims: readonly number[]
  readonly data: TensorData
}

export type Tensors = Readonly<Record<string, Tensor>>

/** A graph that onnxruntime has loaded. `run` blocks the thread while it computes; it reads the fed arrays in place. */
export interface Inference {
  run(feeds: Tensors): Promise<Tensors>
  release(): Promise<void>
}

export interface InferenceOptions {
  /** An ONNX file in memory. */
  readonly graph: Uint8Array
  /** Where the files of its external data lie. */
  readonly folder: string
  readonly threads: number
}

/** Loads a graph for the CPU. Throws `engine-unavailable` when the native library is missing, else rejects with onnxruntime's own error. */
export async function loadInference({ graph, folder, threads }: InferenceOptions): Promise<Inference> {
  const { InferenceSession } = await importLibrary()
  const session = await InferenceSession.create(graph, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // What goes wrong is thrown; without this it is printed as well.
    logSeverityLevel: 4,
    extra: {
      session: {
        // Spinning threads of two sessions fight for the same cores, and burn energy between steps.
        intra_op: { allow_spinning: '0' },
        model_external_initializers_file_folder_path: folder,
      },
    },
  })
  return {
    async run(feeds) {
      const native = Object.entries(feeds).map(([name, tensor]) => [name, toNative(tensor)])
      return (await session.run(Object.fromEntries(native))) as unknown as Tensors
    },
    release: () => session.release(),
  }
}

/** The binding reads plain objects too, and takes f16 as raw 16-bit words only, though it gives Float16Array. */
function toNative({ data, dims }: Tensor) {
  if (data instanceof Float32Array) return { type: 'float32', data, dims, location: 'cpu' }
  if (data instanceof Int32Array) return { type: 'int32', data, dims, location: 'cpu' }
  if (data instanceof BigInt64Array) return { type: 'int64', data, dims, location: 'cpu' }
  const words = new Uint16Array(data.buffer, data.byteOffset, data.length)
  return { type: 'float16', data: words, dims, location: 'cpu' }
}

async function importLibrary() {
  try {
    return await import('onnxruntime-node')
  } catch (cause) {
    throw new EdgewiseError(
      'engine-unavailable',
      `onnxruntime-node does not load on ${process.platform} ${process.arch}: ${(cause as Error).message}`,
      { cause },
    )
  }
}
