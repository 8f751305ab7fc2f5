import type { Entity } from '../../src/privacy/recognizers/recognizer.ts'
import type { Message } from '../../src/spec/request.ts'

/** Values that a detector is told to find; some contain others, quotes, brackets and text that looks like a pseudonym. */
export const values: Readonly<Record<string, Entity>> = {
  'Ada Lovelace': 'PERSON',
  Lovelace: 'PERSON',
  'ADA LOVELACE': 'PERSON',
  'Bob "B" O’Neil\\': 'PERSON',
  Mary: 'PERSON',
  王小明: 'PERSON',
  小明: 'PERSON',
  'ada@example.org': 'EMAIL_ADDRESS',
  '+1 415 555-1234': 'PHONE_NUMBER',
  '4155551234': 'PHONE_NUMBER',
  '1 Main St\nSpringfield': 'ADDRESS',
  'X-[PERSON_1]-Y': 'ASSET_ID',
  'pump 7]': 'ASSET_ID',
  '[open': 'CUSTOM',
  '🚑-12': 'VEHICLE',
}

const names = Object.keys(values)
const pieces = [
  ...names,
  ...names,
  '[PERSON_1]',
  '[PERSON_2]',
  '[PERSON_1_LAST]',
  '[EMAIL_1]',
  '[PHONE_12]',
  '[PERSON_',
  'PERSON_1]',
  '[PERSON]',
  '[[',
  ']]',
  '[',
  'hello ',
  'Ada ',
  ' and\n',
  '1]',
  '"',
  '\\',
  '\\u005b',
  '患者',
  'é',
  '😀',
  ', ',
]

export type Draw = (count: number) => number

/** Whole numbers under a limit, the same for the same seed. */
export function drawing(seed: number): Draw {
  let state = seed >>> 0
  return (count) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count
  }
}

function text(draw: Draw): string {
  return Array.from({ length: 1 + draw(5) }, () => pieces[draw(pieces.length)] ?? '').join('')
}

/** Prose, or now and then the text of a JSON object. */
export function content(draw: Draw): string {
  return draw(5) > 0
    ? text(draw)
    : JSON.stringify({ [text(draw)]: text(draw), of: [text(draw), { deep: text(draw) }, null] })
}

/** A few messages of every role. */
export function conversation(draw: Draw): readonly Message[] {
  return Array.from({ length: 1 + draw(3) }, (): Message => {
    switch (draw(4)) {
      case 0:
        return { role: 'system', content: content(draw) }
      case 1:
        return {
          role: 'assistant',
          content: content(draw),
          toolCalls: [{ id: text(draw), name: 'send', arguments: JSON.stringify({ to: text(draw) }) }],
        }
      case 2:
        return { role: 'tool', toolCallId: text(draw), content: content(draw) }
      default:
        return { role: 'user', content: content(draw) }
    }
  })
}
