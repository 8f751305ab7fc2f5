import { beforeArguments, beforeName, toolCallEnd, toolCallStart } from '../tokenizer/tool-call-text.ts'

/** A piece of an answer: text to show, the beginning of a call, or more of its arguments. */
export type AnswerPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly index: number; readonly name: string }
  | { readonly kind: 'arguments'; readonly index: number; readonly json: string }

/** Tells text and tool calls of an answer apart, as it comes. It trusts the grammar: calls have the form of `tool-call-text.ts`. */
export interface ToolCallReader {
  /** What is certain with this text. */
  push(text: string): readonly AnswerPiece[]
  /** What was held back, once no more text comes. */
  end(): readonly AnswerPiece[]
  /** Calls begun so far. */
  readonly calls: number
}

/** A reader of one answer. White space around calls belongs to them and is not shown. */
export function createToolCallReader(): ToolCallReader {
  let inside: 'text' | 'name' | 'arguments' | 'end' = 'text'
  let held = ''
  let calls = 0
  let hasText = false
  let json = createJsonEnd()

  /** Takes the next piece off what is held; undefined when more text is needed. */
  function take(): AnswerPiece | 'nothing' | undefined {
    switch (inside) {
      case 'text':
        return takeText()
      case 'name':
        return takeName()
      case 'arguments':
        return takeArguments()
      case 'end': {
        const place = held.indexOf(toolCallEnd)
        if (place === -1) return undefined
        held = held.slice(place + toolCallEnd.length)
        inside = 'text'
        return 'nothing'
      }
      default:
        return inside satisfies never
    }
  }

  function takeText(): AnswerPiece | 'nothing' | undefined {
    const place = held.indexOf(toolCallStart)
    const end = place === -1 ? held.length - startLength(held) : place
    const before = held.slice(0, end)
    const isHidden = !hasText && before.trim() === ''
    if (isHidden && place === -1) return undefined
    held = held.slice(end + (place === -1 ? 0 : toolCallStart.length))
    if (place !== -1) inside = 'name'
    if (before === '' || isHidden || (calls > 0 && before.trim() === '')) return place === -1 ? undefined : 'nothing'
    hasText = true
    return { kind: 'text', text: before }
  }

  function takeName(): AnswerPiece | undefined {
    const place = held.indexOf(beforeArguments)
    if (place === -1) return undefined
    const name: unknown = JSON.parse(held.slice(beforeName.length, place))
    held = held.slice(place + beforeArguments.length)
    inside = 'arguments'
    json = createJsonEnd()
    return { kind: 'call', index: calls++, name: String(name) }
  }

  function takeArguments(): AnswerPiece | 'nothing' | undefined {
    if (held === '') return undefined
    const end = json.endIn(held)
    const piece = held.slice(0, end)
    if (end !== undefined) inside = 'end'
    held = end === undefined ? '' : held.slice(end)
    return piece === '' ? 'nothing' : { kind: 'arguments', index: calls - 1, json: piece }
  }

  function takeAll(): readonly AnswerPiece[] {
    const pieces: AnswerPiece[] = []
    for (let piece = take(); piece !== undefined; piece = take()) if (piece !== 'nothing') pieces.push(piece)
    return pieces
  }

  return {
    push(text) {
      held += text
      return takeAll()
    },
    end: () => (inside === 'text' && held !== '' && calls === 0 ? [{ kind: 'text', text: held }] : []),
    get calls() {
      return calls
    },
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
