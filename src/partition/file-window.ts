import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import type { ByteSource } from './wire-reader.ts'

const windowBytes = 1 << 18

/** A file of any size, read through a window of 256 KiB: memory does not grow with the file. Reading past its end throws `model-invalid`. */
export class FileWindow implements ByteSource, Disposable {
  readonly name: string
  readonly size: number
  readonly #descriptor: number
  readonly #window: Uint8Array
  #start = 0
  #length = 0

  /** Opens a regular file. Throws `model-invalid` when there is none. */
  constructor(path: string) {
    this.name = basename(path)
    this.#descriptor = openFile(path)
    const status = fstatSync(this.#descriptor)
    if (!status.isFile()) {
      closeSync(this.#descriptor)
      throw new EdgewiseError('model-invalid', `${path} is no regular file`)
    }
    this.size = status.size
    this.#window = new Uint8Array(Math.min(windowBytes, this.size))
  }

  byteAt(position: number): number {
    if (position < this.#start || position >= this.#start + this.#length) this.#moveTo(position)
    return this.#window[position - this.#start] ?? 0
  }

  read(position: number, length: number): Uint8Array {
    if (position < 0 || length < 0 || position + length > this.size) this.#failAt(position, length)
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const count = readSync(this.#descriptor, bytes, done, length - done, position + done)
      if (count === 0) this.#failAt(position, length)
      done += count
    }
    return bytes
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }

  #moveTo(position: number): void {
    if (position < 0 || position >= this.size) this.#failAt(position, 1)
    this.#start = position
    this.#length = readSync(this.#descriptor, this.#window, 0, this.#window.length, position)
    if (this.#length === 0) this.#failAt(position, 1)
  }

  #failAt(position: number, length: number): never {
    throw new EdgewiseError(
      'model-invalid',
      `${this.name} has ${this.size} bytes, but ${length} are expected at ${position}: it is cut short or no ONNX file`,
    )
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new EdgewiseError('model-invalid', `${path} cannot be opened: ${(cause as Error).message}`, { cause })
  }
}
