import { expect, it } from 'vitest'
import { SentTally } from '../../../src/privacy/egress/sent-tally.ts'

it('a tally forgets the oldest request when it is full, and keeps what it still adds to', () => {
  const tally = new SentTally(2)
  tally.add('first', { origin: 'https://a', bytes: 1 })
  tally.add('second', { origin: 'https://a', bytes: 2 })
  tally.add('second', { origin: 'https://b', bytes: 3 })
  tally.add('third', { origin: 'https://a', bytes: 4 })
  expect(tally.for('first')).toEqual({ bytes: 0, destinations: [] })
  expect(tally.for('second')).toEqual({ bytes: 5, destinations: ['https://a', 'https://b'] })
  expect(tally.for('third').bytes).toBe(4)
})
