/** What one answer of the model hub does wrong. */
export type HubFault =
  /** Nothing: for a queue in which only a later answer fails. */
  | { readonly kind: 'none' }
  /** The connection is reset after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** One bit of the byte at this offset of the file is flipped. */
  | { readonly kind: 'corrupt'; readonly atByte: number }
  /** An error status, as the hub words it. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly retryAfter?: string
      readonly errorCode?: string
      readonly errorMessage?: string
    }
  /** The body stops after so many bytes until `release()`. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** The whole file with status 200, whatever range was asked for. */
  | { readonly kind: 'ignore-range' }
  /** The range is honoured, but begins one byte later than asked. */
  | { readonly kind: 'wrong-range' }
  /** So many bytes more than the file has. */
  | { readonly kind: 'too-long'; readonly extraBytes: number }
  /** Sent somewhere else. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** A page instead of what was asked for. */
  | { readonly kind: 'html' }
