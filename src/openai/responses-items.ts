import { EdgewiseError } from '../spec/errors.ts'
import type { LogprobField } from './answer-fields.ts'

export interface InputText {
  readonly type: 'input_text'
  readonly text: string
}

export interface InputImage {
  readonly type: 'input_image'
  readonly image_url: string
  readonly detail: string
}

export interface OutputText {
  readonly type: 'output_text'
  readonly text: string
  readonly annotations: readonly never[]
  readonly logprobs: readonly LogprobField[]
}

export interface InputMessageItem {
  readonly id: string
  readonly type: 'message'
  readonly role: 'user' | 'system' | 'developer'
  readonly status: 'completed'
  readonly content: readonly (InputText | InputImage)[]
}

type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

export interface OutputMessageItem {
  readonly id: string
  readonly type: 'message'
  readonly role: 'assistant'
  readonly status: ItemStatus
  readonly content: readonly OutputText[]
}

export interface FunctionCallItem {
  readonly id: string
  readonly type: 'function_call'
  readonly call_id: string
  readonly name: string
  readonly arguments: string
  readonly status: ItemStatus
}

export interface FunctionCallOutputItem {
  readonly id: string
  readonly type: 'function_call_output'
  readonly call_id: string
  readonly output: string
  readonly status: 'completed'
}

/** What a model gave: a message, or calls of functions. */
export type OutputItem = OutputMessageItem | FunctionCallItem

/** One piece of a conversation, whole and with its id, as it is stored, listed and referred to. */
export type ResponseItem = InputMessageItem | OutputItem | FunctionCallOutputItem

const prefixes = { message: 'msg', function_call: 'fc', function_call_output: 'fco' } as const

/** Id of an item; from it `responseIdOf` tells the response that it came with. */
export function itemId(type: ResponseItem['type'], responseId: string, place: string): string {
  return `${prefixes[type]}_${responseId.slice(responseId.indexOf('_') + 1)}_${place}`
}

/** Id of the response with which an item of this id came. Throws `not-found` for an id that was not made here. */
export function responseIdOf(item: string, param: string): string {
  const [, unique] = /^(?:msg|fc|fco)_(\w+)_(?:in)?\d+$/.exec(item) ?? []
  if (unique !== undefined) return `resp_${unique}`
  throw new EdgewiseError('not-found', `${param} names no item that was made here; send the item itself`, { param })
}
