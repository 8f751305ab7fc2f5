import { beforeArguments, beforeName, toolCallEnd, toolCallStart } from '../tokenizer/tool-call-text.ts'

/** A piece of an answer: text to show, the beginning of a call, or more of its arguments. */
export type AnswerPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly index: number; readonly name: string }
  | { readonly kind: 'arguments'; readonly index: number; readonly json: string }

/**
 * Tells text and tool calls of an answer apart, as it comes. It trusts the grammar: calls have the form of `tool-call-text.ts`. White space around
 * calls belongs to them and is not shown.
 */
export class ToolCallReader {
  #inside: 'text' | 'name' | 'arguments' | 'end' = 'text'
  #held = ''
  #calls = 0
  #hasText = false
  #json = createJsonEnd()

  /** Calls begun so far. */
  get calls(): number {
    return this.#calls
  }

  /** What is certain with this text. */
  push(text: string): readonly AnswerPiece[] {
    this.#held += text
    const pieces: AnswerPiece[] = []
    for (let piece = this.#take(); piece !== undefined; piece = this.#take()) {
      if (piece !== 'nothing') pieces.push(piece)
    }
    return pieces
  }

  /** What was held back, once no more text comes. */
  end(): readonly AnswerPiece[] {
    const isText = this.#inside === 'text' && this.#held !== '' && this.#calls === 0
    return isText ? [{ kind: 'text', text: this.#held }] : []
  }

  /** Takes the next piece off what is held; undefined when more text is needed. */
  #take(): AnswerPiece | 'nothing' | undefined {
    switch (this.#inside) {
      case 'text':
        return this.#takeText()
      case 'name':
        return this.#takeName()
      case 'arguments':
        return this.#takeArguments()
      case 'end':
        return this.#takeEnd()
      default:
        return this.#inside satisfies never
    }
  }

  #takeText(): AnswerPiece | 'nothing' | undefined {
    const place = this.#held.indexOf(toolCallStart)
    const isCall = place !== -1
    const end = isCall ? place : this.#held.length - startLength(this.#held)
    const before = this.#held.slice(0, end)
    const isBlank = before.trim() === ''
    if (isBlank && !this.#hasText && !isCall) return undefined
    this.#held = this.#held.slice(end + (isCall ? toolCallStart.length : 0))
    if (isCall) this.#inside = 'name'
    if (before === '' || (isBlank && (!this.#hasText || this.#calls > 0))) return isCall ? 'nothing' : undefined
    this.#hasText = true
    return { kind: 'text', text: before }
  }

  #takeName(): AnswerPiece | undefined {
    const place = this.#held.indexOf(beforeArguments)
    if (place === -1) return undefined
    const name: unknown = JSON.parse(this.#held.slice(beforeName.length, place))
    this.#held = this.#held.slice(place + beforeArguments.length)
    this.#inside = 'arguments'
    this.#json = createJsonEnd()
    return { kind: 'call', index: this.#calls++, name: String(name) }
  }

  #takeArguments(): AnswerPiece | 'nothing' | undefined {
    if (this.#held === '') return undefined
    const end = this.#json.endIn(this.#held)
    const json = this.#held.slice(0, end)
    if (end !== undefined) this.#inside = 'end'
    this.#held = end === undefined ? '' : this.#held.slice(end)
    return json === '' ? 'nothing' : { kind: 'arguments', index: this.#calls - 1, json }
  }

  #takeEnd(): 'nothing' | undefined {
    const place = this.#held.indexOf(toolCallEnd)
    if (place === -1) return undefined
    this.#held = this.#held.slice(place + toolCallEnd.length)
    this.#inside = 'text'
    return 'nothing'
  }
}

/** Finds where a JSON value ends that comes in pieces: in front of the bracket that closes what is around it. */
function createJsonEnd(): { endIn(piece: string): number | undefined } {
  let depth = 0
  let isString = false
  let isEscaped = false
  return {
    endIn(piece) {
      for (let place = 0; place < piece.length; place++) {
        const character = piece[place] ?? ''
        if (isEscaped) isEscaped = false
        else if (isString && character === '\\') isEscaped = true
        else if (character === '"') isString = !isString
        else if (isString) continue
        else if ('{['.includes(character)) depth++
        else if ('}]'.includes(character) && depth-- === 0) return place
      }
      return undefined
    },
  }
}

/** Length of the longest beginning of a call that the text ends in. */
function startLength(text: string): number {
  let length = Math.min(toolCallStart.length - 1, text.length)
  while (!text.endsWith(toolCallStart.slice(0, length))) length--
  return length
}
