import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openStore } from '../../../src/store/open-store.ts'
import { outboxConformance } from '../../../src/testing/conformance/outbox.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-outbox-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

outboxConformance({
  describe,
  it,
  expect,
  open: (place, { limits, ...options }) =>
    openStore({ path: join(root, place, 'edge.db'), ...options, ...(limits === undefined ? {} : { outbox: limits }) }),
})
