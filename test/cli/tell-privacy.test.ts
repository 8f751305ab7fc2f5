import { expect, it } from 'vitest'
import { tellPrivacy } from '../../src/cli/tell-privacy.ts'

const report = {
  mode: 'enforce',
  findings: { PERSON: 2, DATE: 1 },
  actions: { generalise: 1, pseudonymise: 2 },
  tookMs: 1,
} as const

it('tells what the guard found and did', () => {
  expect(tellPrivacy({ privacy: report })).toEqual([
    'The guard found 2 PERSON, 1 DATE: 2 replaced by pseudonyms, 1 made less precise.',
  ])
})

it('tells why a request stayed', () => {
  const keptBecause = 'it holds SECRET, which policy.privacy.classes keeps at the edge'
  expect(tellPrivacy({ privacy: { ...report, findings: { SECRET: 1 }, actions: { keep: 1 }, keptBecause } })).toEqual([
    'The guard found 1 SECRET: 1 that must stay at the edge. The request stayed at the edge, because it holds SECRET, which policy.privacy.classes keeps at the edge.',
  ])
})

it('tells that nothing was found, that it only watched, and nothing where it did not look', () => {
  expect(tellPrivacy({ privacy: { ...report, findings: {}, actions: {} } })).toEqual([
    'The guard found no personal data.',
  ])
  expect(tellPrivacy({ privacy: { ...report, mode: 'observe' } })[0]).toContain('It only observes')
  expect(tellPrivacy({})).toEqual([])
})
