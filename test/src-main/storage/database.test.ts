import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDatabase, type Database } from '#main/storage/database.ts'
import { openEncryptedFile } from '#main/storage/encryptedFile.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'

let folder: ReturnType<typeof temporaryFolder>
let sql: Sqlite.Database
let db: Database

beforeEach(() => {
  folder = temporaryFolder()
  const path = join(folder.path, 'test.db')
  closeSync(openSync(path, 'wx'))
  sql = openEncryptedFile(path, new Uint8Array(32).fill(7))
  sql.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, value ANY) STRICT')
  db = createDatabase(sql)
})
afterEach(() => {
  db.close()
  folder.remove()
})

const add = (value: string | number | Uint8Array): void => void db.prepare('INSERT INTO t(value) VALUES (?)').run(value)
const values = (): unknown[] =>
  db
    .prepare('SELECT value FROM t ORDER BY id')
    .all()
    .map((row) => row['value'])

describe('durability', () => {
  const level = () => sql.pragma('synchronous', { simple: true })

  test('a transaction is written through to the disk unless it says that it need not be', () => {
    const seen: unknown[] = []
    const look = () => void seen.push(level())
    db.transaction(look)
    db.transaction(look, 'unsynced')
    db.transaction(look)
    expect(seen).toEqual([2, 1, 2]) // FULL, NORMAL
  })

  test('inside another transaction the outer one decides', () => {
    db.transaction(() => db.transaction(() => expect(level()).toBe(2), 'unsynced'))
    db.transaction(() => db.transaction(() => expect(level()).toBe(1)), 'unsynced')
  })

  test('a statement on its own after an unsynced transaction is written through', () => {
    db.transaction(() => add('a'), 'unsynced')
    add('b')
    expect(level()).toBe(2)
  })
})

describe('prepare', () => {
  test('compiles a text once', () => {
    expect(db.prepare('SELECT 1')).toBe(db.prepare('SELECT 1'))
  })

  test('binds by place and by name, and answers with rows', () => {
    expect(db.prepare('INSERT INTO t VALUES (?, ?)').run(5, 'five')).toEqual({ changes: 1, lastInsertRowid: 5 })
    expect(db.prepare('SELECT * FROM t WHERE value = :value').get({ value: 'five' })).toEqual({ id: 5, value: 'five' })
    expect(db.prepare('SELECT * FROM t WHERE id = ?').get(6)).toBeUndefined()
    expect(db.prepare('SELECT * FROM t').all()).toEqual([{ id: 5, value: 'five' }])
  })

  test.each([0, 1, 100_000])('gives a blob of %i bytes back as a plain Uint8Array', (size) => {
    add(new Uint8Array(size).fill(9))
    const blob = db.prepare<{ value: Uint8Array }>('SELECT value FROM t').get()!.value
    expect(Object.getPrototypeOf(blob)).toBe(Uint8Array.prototype)
    expect(blob).toEqual(new Uint8Array(size).fill(9))
  })

  test('leaves errors without a name as they are', () => {
    db.prepare('INSERT INTO t VALUES (1, 1)').run()
    expect(() => db.prepare('INSERT INTO t VALUES (1, 2)').run()).toThrow(expect.objectContaining({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }))
    expect(() => db.prepare('SELEKT')).toThrow(expect.objectContaining({ code: 'SQLITE_ERROR' }))
  })
})

describe('transaction', () => {
  test('keeps what it did and returns what its function returns', () => {
    expect(db.transaction(() => (add(1), add(2), 'both'))).toBe('both')
    expect(values()).toEqual([1, 2])
  })

  test('undoes everything when its function throws, and throws the same', () => {
    const error = new Error('no')
    const attempt = (): unknown =>
      db.transaction(() => {
        add(1)
        throw error
      })
    expect(attempt).toThrow(error)
    expect(values()).toEqual([])
    db.transaction(() => add(2))
    expect(values()).toEqual([2])
  })

  test('refuses a function that waits', () => {
    expect(() => db.transaction(() => Promise.resolve(add(1)))).toThrow(TypeError)
    expect(values()).toEqual([])
  })

  test('inside another one lasts only if that lasts', () => {
    const attempt = (): unknown =>
      db.transaction(() => {
        db.transaction(() => add(1))
        throw new Error('outer')
      })
    expect(attempt).toThrow('outer')
    expect(values()).toEqual([])
  })

  test('inside another one undoes its own part alone', () => {
    const broken = (): unknown =>
      db.transaction(() => {
        add(2)
        throw new Error('inner')
      })
    db.transaction(() => {
      add(1)
      expect(broken).toThrow('inner')
      db.transaction(() => db.transaction(() => add(3)))
    })
    expect(values()).toEqual([1, 3])
  })

  test('a commit that cannot be made undoes everything', () => {
    sql.pragma('foreign_keys = ON')
    sql.exec('CREATE TABLE child(parent INTEGER REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED)')
    const attempt = (): unknown =>
      db.transaction(() => {
        add(1)
        db.prepare('INSERT INTO child VALUES (99)').run()
      })
    expect(attempt).toThrow(expect.objectContaining({ code: 'SQLITE_CONSTRAINT_FOREIGNKEY' }))
    expect(values()).toEqual([])
  })

  test('does not let the database be closed inside', () => {
    expect(() => db.transaction(() => db.close())).toThrow('inside a transaction')
    expect(values()).toEqual([])
  })
})

describe('afterCommit', () => {
  test('runs tasks in order once the change is durable, and not before', () => {
    const seen: unknown[] = []
    db.transaction(() => {
      db.afterCommit(() => seen.push(['first', sql.inTransaction, values()]))
      add(1)
      db.transaction(() => db.afterCommit(() => seen.push('second')))
      db.afterCommit(() => seen.push('third'))
      expect(seen).toEqual([])
    })
    expect(seen).toEqual([['first', false, [1]], 'second', 'third'])
  })

  test('runs at once outside a transaction', () => {
    const seen: string[] = []
    db.afterCommit(() => seen.push('now'))
    expect(seen).toEqual(['now'])
  })

  test('drops tasks with the changes they belong to', () => {
    const seen: string[] = []
    const failing = (name: string): void =>
      db.transaction(() => {
        db.afterCommit(() => seen.push(name))
        throw new Error(name)
      })
    expect(() => failing('outer')).toThrow('outer')
    db.transaction(() => {
      db.afterCommit(() => seen.push('kept'))
      expect(() => failing('inner')).toThrow('inner')
    })
    expect(seen).toEqual(['kept'])
  })

  test('keeps the order of commits when a task commits something itself', () => {
    const seen: string[] = []
    db.transaction(() => {
      db.afterCommit(() => db.transaction(() => db.afterCommit(() => seen.push('third'))))
      db.afterCommit(() => seen.push('second'))
    })
    expect(seen).toEqual(['second', 'third'])
  })
})

test('a task that throws leaves the commit and the other tasks, and is an uncaught exception', () => {
  const script = fileURLToPath(new URL('../../support/throwingTask.ts', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, join(folder.path, 'task.db')], { encoding: 'utf8' })
  expect(stdout.split('\n')).toEqual(['the other task', 'returned 1', ''])
  expect(stderr).toContain('a defect in a task')
  expect(status).toBe(1)
})

describe('a full disk', () => {
  const diskFull = expect.objectContaining({ code: 'keystore.disk-full' }) as Error
  const fill = (): void => {
    for (let i = 0; i < 1000; i += 1) add(new Uint8Array(3000))
  }
  beforeEach(() => {
    add('before')
    sql.pragma('max_page_count = 20')
  })

  test('is named, and the transaction leaves nothing', () => {
    expect(() => db.transaction(fill)).toThrow(diskFull)
    expect(values()).toEqual(['before'])
  })

  test('works again when there is room', () => {
    expect(() => db.transaction(fill)).toThrow(diskFull)
    sql.pragma('max_page_count = 100000')
    db.transaction(fill)
    expect(values()).toHaveLength(1001)
  })

  test('lets nobody write on after SQLite has rolled back by itself', () => {
    const seen: string[] = []
    const attempt = (): unknown =>
      db.transaction(() => {
        db.afterCommit(() => seen.push('committed'))
        expect(fill).toThrow(diskFull)
        expect(sql.inTransaction).toBe(false)
        expect(() => add('alone')).toThrow(diskFull)
        expect(() => db.transaction(() => add('alone'))).toThrow(diskFull)
      })
    expect(attempt).toThrow(diskFull)
    expect(values()).toEqual(['before'])
    expect(seen).toEqual([])
  })
})

test('close releases once, and can be repeated', () => {
  let released = 0
  const path = join(folder.path, 'other.db')
  closeSync(openSync(path, 'wx'))
  const other = createDatabase(openEncryptedFile(path, new Uint8Array(32)), () => (released += 1))
  other.close()
  other.close()
  expect(released).toBe(1)
  expect(() => other.prepare('SELECT 1')).toThrow('not open')
})

test('a second connection is refused at once', () => {
  const second = (): unknown => openEncryptedFile(join(folder.path, 'test.db'), new Uint8Array(32).fill(7))
  expect(second).toThrow(expect.objectContaining({ code: 'keystore.in-use' }))
})
