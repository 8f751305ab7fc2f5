import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { GroupCommit } from '../../src/store/group-commit.ts'
import { openDatabase } from '../../src/store/open-database.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-group-'))
let count = 0
let database: DatabaseSync
let commits: GroupCommit

beforeEach(() => {
  count += 1
  const path = join(root, `${count}.db`)
  database = openDatabase(path)
  database.exec('CREATE TABLE words (word TEXT)')
  commits = new GroupCommit({ database, path })
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function say(word: string): Promise<void> {
  return commits.write(() => void database.prepare('INSERT INTO words VALUES (?)').run(word))
}

function words(): readonly unknown[] {
  return database
    .prepare('SELECT word FROM words')
    .all()
    .map(({ word }) => word)
}

describe('writes that come together', () => {
  it('share one commit, and are told when it is done', async () => {
    let committed = 0
    commits.onCommit(() => {
      committed += 1
    })
    await Promise.all(['a', 'b', 'c'].map(say))
    expect([committed, words()]).toEqual([1, ['a', 'b', 'c']])
  })

  it('fail one by one: what one throws undoes its own work only', async () => {
    let undone = 0
    commits.onUndone(() => {
      undone += 1
    })
    const failing = commits.write(() => {
      database.prepare('INSERT INTO words VALUES (?)').run('half')
      throw new Error('no')
    })
    const tries = await Promise.allSettled([say('a'), failing, say('b')])
    expect(tries.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect([undone, words()]).toEqual([1, ['a', 'b']])
  })

  it('are all refused by a full disk, and none of them is there; with space it goes on', async () => {
    const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count)
    database.exec(`PRAGMA max_page_count = ${pages + 2}`)
    const tries = await Promise.allSettled([say('a'), say('x'.repeat(50_000)), say('b')])
    const codes = tries.map((settled) => (settled.status === 'rejected' ? settled.reason.code : 'written'))
    expect(codes).toContain('storage-full')
    expect(words()).toEqual(
      tries.flatMap(({ status }, index) => (status === 'fulfilled' ? [['a', 'x', 'b'][index]] : [])),
    )
    const alone = say('y'.repeat(50_000))
    await expect(alone).rejects.toMatchObject({
      code: 'storage-full',
      status: 507,
      retryable: true,
      retryAfterSeconds: 30,
    })
    database.exec('PRAGMA max_page_count = 1000000')
    await say('z')
    expect(words()).toContain('z')
  })

  it('wait for a transaction of somebody else on the same connection: nothing in it is on disk yet', async () => {
    database.exec('BEGIN')
    let isTold = false
    const writing = say('a').then(() => {
      isTold = true
    })
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(isTold).toBe(false)
    database.exec('ROLLBACK')
    await writing
    expect(words()).toEqual(['a'])
  })
})
