import type { PlacementKind } from './plan.ts'
import type { Disclosure } from './policy.ts'
import type { PrivacyReport } from './privacy-report.ts'
import type { InferenceRequest } from './request.ts'
import type { StreamPart } from './stream-part.ts'

declare const sanitisedBrand: unique symbol

/** A request that the guard has let through: whatever must not leave has been taken out. Only the guard makes one. */
export type SanitisedRequest = InferenceRequest & { readonly [sanitisedBrand]: true }

/** Looks through the final bytes of a body. Says why they must not leave: a class of data and the form it has there, never a value; undefined when they may. */
export type InspectBytes = (bytes: Uint8Array) => string | undefined

/** How a request may leave. */
export interface Leave {
  /** The one origin that it may go to; absent: wherever egress allows. */
  readonly onlyTo?: string
  /** What egress asks about the final bytes; absent: nothing was taken out that could still be in them. */
  readonly inspect?: InspectBytes
}

const sanitised = new WeakMap<object, Leave>()

/** For the guard alone (a test greps for it): declares that `request` may leave, and how. */
export function markSanitised(request: InferenceRequest, leave: Leave = {}): SanitisedRequest {
  sanitised.set(request, leave)
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
  /** What text of the sanitised view tells whoever reads it; absent: it is plain text. */
  readonly tells?: Disclosure
  /** Absent where nothing was looked for. */
  readonly report?: PrivacyReport
  /** Puts back, in an answer to the sanitised view, what the guard took out; absent when it took out nothing. */
  readonly restore?: (text: string) => string
  /**
   * The same for an answer as it comes, whatever pieces it comes in: text, tool arguments, names of tools. Only what a place wrote that read the sanitised
   * view is touched; `readsSanitised` tells which those are. Absent when the guard took out nothing.
   */
  readonly restoreParts?: (
    parts: AsyncIterable<StreamPart>,
    readsSanitised: (placement: PlacementKind) => boolean,
  ) => AsyncIterable<StreamPart>
}

/** Bytes that may leave. Made from a sanitised request, or from control data that holds no content; egress accepts nothing else. */
export class OutboundBody {
  readonly bytes: Uint8Array
  readonly contentType: string
  /** False for control data: health checks, joining. */
  readonly hasContent: boolean
  /** The one origin that it may go to; absent: wherever egress allows. */
  readonly onlyTo: string | undefined
  /** What egress asks about the bytes before it sends them; absent: nothing. */
  readonly inspect: InspectBytes | undefined

  private constructor(bytes: Uint8Array, contentType: string, hasContent: boolean, { onlyTo, inspect }: Leave = {}) {
    this.bytes = bytes
    this.contentType = contentType
    this.hasContent = hasContent
    this.onlyTo = onlyTo
    this.inspect = inspect
  }

  /** Encodes a sanitised request as JSON. Throws a TypeError for a request that did not pass the guard. */
  static fromRequest(request: SanitisedRequest, encode: (request: SanitisedRequest) => unknown): OutboundBody {
    if (!isSanitised(request)) throw new TypeError('an outbound body needs a request that passed the guard')
    const bytes = new TextEncoder().encode(JSON.stringify(encode(request)))
    return new OutboundBody(bytes, 'application/json', true, sanitised.get(request))
  }

  /** JSON without any request content: the caller vouches for it. */
  static control(value: unknown): OutboundBody {
    return new OutboundBody(new TextEncoder().encode(JSON.stringify(value)), 'application/json', false)
  }
}
