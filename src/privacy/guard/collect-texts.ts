import type { InferenceRequest } from '../../spec/request.ts'
import { partsOfAddress, readableAddress } from '../egress/rescan/forms/address-text.ts'
import { type Document, readDocument, readProse } from './document.ts'
import { isAddress } from './inspect-texts.ts'
import { mapTexts, type TextKind } from './map-texts.ts'

/** A text of a request that a recognizer has to read before it may travel. */
export interface RequestText {
  readonly kind: TextKind
  readonly text: string
  readonly document: Document
}

/** Names one text of a request, wherever it stands in it. */
export function textKey(text: string, kind: TextKind): string {
  return `${kind} ${text}`
}

/** Every text of a request that may travel, each once. */
export function collectTexts(request: InferenceRequest): ReadonlyMap<string, RequestText> {
  const texts = new Map<string, RequestText>()
  mapTexts(request, (text, kind) => {
    const key = textKey(text, kind)
    if (text !== '' && !texts.has(key)) texts.set(key, { kind, text, document: documentOf(text, kind) })
    return text
  })
  return texts
}

function documentOf(text: string, kind: TextKind): Document {
  switch (kind) {
    case 'text':
      return readDocument(text, { mustParse: false })
    case 'arguments':
    case 'schema':
      return readDocument(text, { mustParse: true })
    case 'identifier':
      return readProse(text.replace(/[_-]/g, ' '))
    case 'image':
      return readProse(readableUrl(text))
    case 'participant':
    case 'call-id':
      return readProse(text)
    default:
      return kind satisfies never
  }
}

/** An address with and without the marks between its parts: `?name=Ada%20Lovelace` says a name. */
function readableUrl(url: string): string {
  return isAddress(url) ? `${readableAddress(url)}\n${partsOfAddress(url)}` : url
}
