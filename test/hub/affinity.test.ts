import { describe, expect, it } from 'vitest'
import { affinityMargin, pickMember } from '../../src/hub/affinity.ts'

const names = ['a', 'b', 'c', 'd']
const keys = Array.from({ length: 200 }, (_, index) => `conversation-${index}`)

function idle(list: readonly string[]) {
  return list.map((name) => ({ name, outstanding: 0 }))
}

function ownerOf(key: string, list: readonly string[]): string | undefined {
  return pickMember(idle(list), { key, sticky: true })?.name
}

describe('picking a member', () => {
  it('keeps a conversation on one member, whatever the order of the members', () => {
    for (const key of keys) expect(ownerOf(key, names.toReversed())).toBe(ownerOf(key, names))
  })

  it('spreads conversations over all members', () => {
    const counts = Map.groupBy(keys, (key) => ownerOf(key, names))
    for (const name of names) expect(counts.get(name)?.length).toBeGreaterThan(25)
  })

  it('moves only the conversations of a member that goes', () => {
    for (const key of keys) {
      const before = ownerOf(key, names)
      const after = ownerOf(key, ['a', 'b', 'c'])
      if (before !== 'd') expect(after).toBe(before)
    }
  })

  it('leaves the own member when it is busier by the margin, and not before', () => {
    const busy = (outstanding: number) => [
      { name: 'a', outstanding },
      { name: 'b', outstanding: 1 },
    ]
    const key = keys.find((one) => ownerOf(one, ['a', 'b']) === 'a') ?? ''
    expect(pickMember(busy(affinityMargin), { key, sticky: true })?.name).toBe('a')
    expect(pickMember(busy(affinityMargin + 1), { key, sticky: true })?.name).toBe('b')
  })

  it('takes the least busy one without a conversation', () => {
    const members = [
      { name: 'a', outstanding: 2 },
      { name: 'b', outstanding: 1 },
    ]
    for (const key of keys) expect(pickMember(members, { key, sticky: false })?.name).toBe('b')
  })

  it('picks nobody from nobody', () => {
    expect(pickMember([], { key: 'k', sticky: true })).toBe(undefined)
  })
})
