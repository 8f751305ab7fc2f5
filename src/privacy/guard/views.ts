import { type InspectBytes, markSanitised, type RequestViews } from '../../spec/outbound.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import { restoreParts } from '../restore/restore-parts.ts'
import { restoreText } from '../restore/restore-text.ts'
import type { Masked } from './masking.ts'

/** Both views are the request as it is. */
export function plainViews(raw: InferenceRequest): RequestViews {
  return { raw, sanitised: markSanitised({ ...raw }) }
}

/** There is no view that may leave. */
export function keptViews(raw: InferenceRequest, keptBecause: string): RequestViews {
  return { raw, sanitised: undefined, keptBecause }
}

/** What leaves is `masked.request`, once `inspect` has nothing against its bytes; an answer to it is restored with this request's own pseudonyms and no others. */
export function maskedViews(
  raw: InferenceRequest,
  { request, table, toolNames }: Omit<Masked, 'taken'>,
  inspect: InspectBytes,
): RequestViews {
  const views: RequestViews = { raw, sanitised: markSanitised(request, { inspect }), tells: 'pseudonymised' }
  if (table.size === 0 && toolNames.size === 0) return views
  const isJson = raw.responseFormat !== undefined && raw.responseFormat.type !== 'text'
  const spelling = isJson ? 'json' : undefined
  return {
    ...views,
    restore: (text) => restoreText(text, table, spelling),
    restoreParts: (parts, readsSanitised) => restoreParts(parts, { table, toolNames, spelling }, readsSanitised),
  }
}
