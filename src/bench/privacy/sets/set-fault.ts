import { EdgewiseError } from '../../../spec/errors.ts'

/** `config-invalid` for a file of somebody's own that cannot be used. */
export function setFault(message: string, cause?: unknown): EdgewiseError {
  return new EdgewiseError('config-invalid', message, { cause })
}

/** What `read` gives. Throws `config-invalid` that names the file when it cannot be read. */
export function readOrRefuse<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof EdgewiseError) throw cause
    const because = cause instanceof Error ? cause.message : String(cause)
    throw setFault(`${path} cannot be read: ${because}.`, cause)
  }
}
