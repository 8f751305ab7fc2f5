import type { PrivacyAction } from '../../spec/privacy-policy.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import { isTelling, type ValueIndex } from '../egress/rescan/value-index.ts'
import { KnownValues } from '../pseudonyms/known-values.ts'
import type { PseudonymBook } from '../pseudonyms/pseudonym-book.ts'
import { type FoundToken, redactionOf, tokensIn } from '../pseudonyms/token.ts'
import { type Cluster, mergeClusters } from './clusters.ts'
import { textKey } from './collect-texts.ts'
import type { Edit, EditableRange } from './document.ts'
import { generalise } from './generalise.ts'
import type { InspectedText } from './inspect-texts.ts'
import { mapTexts, type TextKind } from './map-texts.ts'

export interface MaskOptions {
  readonly texts: ReadonlyMap<string, InspectedText>
  /** Takes note of new pseudonyms. */
  readonly book: PseudonymBook
}

/** A request as it may leave, with what its answer needs to be restored. */
export interface Masked {
  readonly request: InferenceRequest
  readonly table: ReadonlyMap<string, string>
  readonly toolNames: ReadonlyMap<string, string>
  /** What was taken out for good, beside the pseudonyms of the book. */
  readonly taken: readonly ValueIndex[]
}

/** Takes out of a request what was found in it. Vectors get labels in the place of pseudonyms, whose numbers would make each vector another. */
export function maskRequest(request: InferenceRequest, { texts, book }: MaskOptions): Masked {
  const masking = new Masking(book, request.embedding !== undefined)
  // What looks like a pseudonym keeps its name where it can, so it comes first; then every value is known before any text is rewritten.
  for (const text of texts.values()) masking.take(text)
  for (const text of texts.values()) masking.name(text)
  const replace = (text: string, kind: TextKind) => {
    const inspected = texts.get(textKey(text, kind))
    return inspected === undefined ? text : masking.replaced(inspected)
  }
  const masked = mapTexts(request, replace)
  return { request: masked, table: masking.table, toolNames: masking.toolNames, taken: masking.taken }
}

class Masking {
  readonly table = new Map<string, string>()
  readonly toolNames = new Map<string, string>()
  readonly #book: PseudonymBook
  readonly #givesVectors: boolean
  readonly #identifiers = new Set<string>()
  /** Values taken out for good, to take them out where no recognizer finds them too. */
  readonly #forGood = { redact: new KnownValues(), generalise: new KnownValues() }
  readonly #found = new Map<InspectedText, readonly Cluster[]>()
  readonly #done = new Map<InspectedText, string>()
  #callIds = 0

  constructor(book: PseudonymBook, givesVectors: boolean) {
    this.#book = book
    this.#givesVectors = givesVectors
  }

  get taken(): readonly ValueIndex[] {
    return Object.values(this.#forGood).map(({ index }) => index)
  }

  /** Takes note of a text, and of what looks like a pseudonym in it. */
  take(text: InspectedText): void {
    if (text.kind === 'identifier') this.#identifiers.add(text.text)
    const literals = tokensIn(text.document.reading)
    for (const literal of literals) this.#book.tokenForLiteral(literal)
    this.#found.set(text, clustersOf(text, literals))
  }

  /** Gives every finding that needs one its pseudonym. */
  name(text: InspectedText): void {
    const found = this.#found.get(text) ?? []
    if (isRewritten(text.kind)) this.#edits(text, found)
    // A tool gets another name as a whole; what its name tells may stand elsewhere, in words or as it is written.
    if (text.kind !== 'identifier') return
    for (const cluster of found) {
      for (const { start, end, isNumber } of text.document.editable(cluster)) {
        for (const value of new Set([text.document.reading.slice(start, end), text.text.slice(start, end)])) {
          this.#standIn(value, cluster, { start, end, isNumber })
        }
      }
    }
  }

  replaced(text: InspectedText): string {
    const done = this.#done.get(text) ?? this.#replace(text)
    this.#done.set(text, done)
    return done
  }

  #replace(text: InspectedText): string {
    switch (text.kind) {
      case 'image':
        return text.text
      case 'call-id':
        this.#callIds += 1
        // Nine letters and digits: what the strictest servers ask of an id.
        return `call${String(this.#callIds).padStart(5, '0')}`
      case 'identifier':
        return this.#clusters(text).length === 0 ? text.text : this.#alias(text.text)
      case 'text':
      case 'arguments':
      case 'schema':
      case 'participant':
        return text.document.rewrite(this.#edits(text, this.#clusters(text)))
      default:
        return text.kind satisfies never
    }
  }

  /** What was found, what looks like a pseudonym, and what is known from elsewhere in the conversation. */
  #clusters(text: InspectedText): readonly Cluster[] {
    const { reading } = text.document
    const found = this.#found.get(text) ?? []
    const known = this.#known(reading)
    const clusters = known.length === 0 ? found : mergeClusters([...found, ...known])
    // What was glued to something becomes a word of its own when that is taken out.
    const rest = clusters.length === 0 ? [] : this.#known(blanked(reading, clusters))
    return rest.length === 0 ? clusters : mergeClusters([...clusters, ...rest])
  }

  #known(reading: string): readonly Cluster[] {
    const places = (values: KnownValues, action: PrivacyAction) =>
      values.findIn(reading).map((place): Cluster => ({ ...place, action }))
    return [
      ...places(this.#book.known, 'pseudonymise'),
      ...places(this.#forGood.redact, 'redact'),
      ...places(this.#forGood.generalise, 'generalise'),
    ]
  }

  #edits({ kind, document }: InspectedText, clusters: readonly Cluster[]): readonly Edit[] {
    return clusters.flatMap((cluster) =>
      document.editable(cluster).flatMap((range) => {
        if (kind === 'schema' && range.isNumber && cluster.action === 'generalise') return []
        const { start, end } = range
        return [{ start, end, text: this.#standIn(document.reading.slice(start, end), cluster, range) }]
      }),
    )
  }

  #standIn(value: string, { entity, action, literal }: Cluster, { start, end }: EditableRange): string {
    const isLiteral = literal !== undefined && literal.start === start && literal.end === end
    if (!isLiteral && isTelling(value) && (action === 'generalise' || action === 'redact' || this.#givesVectors)) {
      this.#forGood[action === 'generalise' ? 'generalise' : 'redact'].add(value, entity)
    }
    if (action === 'generalise') return generalise(entity, value)
    if (action === 'redact' || this.#givesVectors) return isLiteral ? value : redactionOf(entity)
    const token = isLiteral ? this.#book.tokenForLiteral(literal) : this.#book.tokenFor(entity, value)
    if (token !== value) this.table.set(token, value)
    return token
  }

  #alias(name: string): string {
    let number = this.toolNames.size + 1
    while (this.#identifiers.has(`tool_${number}`)) number += 1
    const alias = `tool_${number}`
    this.#identifiers.add(alias)
    this.toolNames.set(alias, name)
    return alias
  }
}

/** The others are replaced whole, or not at all. */
function isRewritten(kind: TextKind): boolean {
  return kind === 'text' || kind === 'arguments' || kind === 'schema' || kind === 'participant'
}

/** What was found in a text and is not allowed to leave, and what looks like a pseudonym in it. */
function clustersOf({ judged }: InspectedText, literals: readonly FoundToken[]): readonly Cluster[] {
  const found = judged.filter(({ action }) => action !== 'allow')
  const alike = literals.map((literal): Cluster => {
    return { start: literal.start, end: literal.end, entity: 'CUSTOM', action: 'pseudonymise', literal }
  })
  return found.length + alike.length === 0 ? [] : mergeClusters([...found, ...alike])
}

const lettersOrDigits = /[\p{L}\p{N}]/u

/** The text with blanks in the place of what is taken out; empty when nothing else touches that. */
function blanked(text: string, clusters: readonly Cluster[]): string {
  const touches = clusters.some(
    ({ start, end }) => lettersOrDigits.test(text.charAt(start - 1)) || lettersOrDigits.test(text.charAt(end)),
  )
  if (!touches) return ''
  let result = ''
  let from = 0
  for (const { start, end } of clusters) {
    result += text.slice(from, start) + ' '.repeat(end - start)
    from = end
  }
  return result + text.slice(from)
}
