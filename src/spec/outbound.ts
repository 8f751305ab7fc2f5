import type { InferenceRequest } from './request.ts'

declare const sanitisedBrand: unique symbol

/** A request that the guard has let through: whatever must not leave has been taken out. Only the guard makes one. */
export type SanitisedRequest = InferenceRequest & { readonly [sanitisedBrand]: true }

const sanitised = new WeakSet<object>()

/** For the guard alone (a test greps for it): declares that `request` may leave. */
export function markSanitised(request: InferenceRequest): SanitisedRequest {
  sanitised.add(request)
  return request as SanitisedRequest
}

/** True when the guard let this very object through; a copy of it is not. */
export function isSanitised(request: InferenceRequest): request is SanitisedRequest {
  return sanitised.has(request)
}

/** The two views of a request. A placement that discloses nothing reads `raw`; any other only ever sees `sanitised`. */
export interface RequestViews {
  readonly raw: InferenceRequest
  /** Absent when policy keeps this request at the edge. */
  readonly sanitised: SanitisedRequest | undefined
  /** Why there is no sanitised view. */
  readonly keptBecause?: string
  /** Puts back, in an answer to the sanitised view, what the guard took out; absent when it took out nothing. */
  readonly restore?: (text: string) => string
}

/** Bytes that may leave. Made from a sanitised request, or from control data that holds no content; egress accepts nothing else. */
export class OutboundBody {
  readonly bytes: Uint8Array
  readonly contentType: string
  /** False for control data: health checks, joining. */
  readonly hasContent: boolean

  private constructor(bytes: Uint8Array, contentType: string, hasContent: boolean) {
    this.bytes = bytes
    this.contentType = contentType
    this.hasContent = hasContent
  }

  /** Encodes a sanitised request as JSON. Throws a TypeError for a request that did not pass the guard. */
  static fromRequest(request: SanitisedRequest, encode: (request: SanitisedRequest) => unknown): OutboundBody {
    if (!isSanitised(request)) throw new TypeError('an outbound body needs a request that passed the guard')
    return new OutboundBody(new TextEncoder().encode(JSON.stringify(encode(request))), 'application/json', true)
  }

  /** JSON without any request content: the caller vouches for it. */
  static control(value: unknown): OutboundBody {
    return new OutboundBody(new TextEncoder().encode(JSON.stringify(value)), 'application/json', false)
  }
}
