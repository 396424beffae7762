import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { WrapPorts } from '#main/storage/keyFile.ts'
import { createKeystore, openKeystore, type KeystoreOptions } from '#main/storage/keystore.ts'
import { migrations, type Migration } from '#main/storage/migrations.ts'
import { createWrapPorts, snapshot, temporaryFolder } from '#test/support/profileFolder.ts'

let ports: WrapPorts
let folder: ReturnType<typeof temporaryFolder>
let options: KeystoreOptions

beforeAll(async () => {
  ports = await createWrapPorts()
})
beforeEach(() => {
  folder = temporaryFolder()
  options = { ...ports, dir: join(folder.path, 'profile'), passphrase: 'correct horse' }
})
afterEach(() => folder.remove())

const first: Migration = {
  version: 1,
  up: (sql) =>
    sql(`CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
         CREATE TABLE message(person INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE, text TEXT NOT NULL) STRICT;`),
}
/** A table that another one refers to, rebuilt. */
const second: Migration = {
  version: 2,
  up: (sql) => {
    sql('CREATE TABLE person2(id INTEGER PRIMARY KEY, name TEXT NOT NULL, blocked INTEGER NOT NULL DEFAULT 0) STRICT')
    sql('INSERT INTO person2(id, name) SELECT id, name FROM person; DROP TABLE person; ALTER TABLE person2 RENAME TO person')
  },
}
const third: Migration = { version: 3, up: (sql) => sql(`UPDATE person SET name = name || '!'`) }

async function createOld(): Promise<void> {
  const db = await createKeystore({ ...options, migrations: [first] })
  db.prepare(`INSERT INTO person VALUES (1, 'Ada')`).run()
  db.prepare(`INSERT INTO message VALUES (1, 'Hello')`).run()
  db.close()
}

async function read(list: Migration[], sql: string): Promise<unknown[]> {
  const db = await openKeystore({ ...options, migrations: list })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

test('the versions are 1, 2, 3 … without gaps', () => {
  expect(migrations.map((migration) => migration.version)).toEqual(migrations.map((_, i) => i + 1))
})

test('the schema of this version stands, with every table STRICT', async () => {
  const db = await createKeystore(options)
  expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: migrations.length })
  const tables = db
    .prepare<{ name: string; strict: number; type: string }>(`SELECT name, strict, type FROM pragma_table_list WHERE schema = 'main'`)
    .all()
  const loose = tables.filter(({ name, strict, type }) => type === 'table' && strict === 0 && !name.startsWith('sqlite_'))
  expect(tables.length).toBeGreaterThan(1)
  expect(loose).toEqual([])
  db.close()
})

test('steps that are due run once, in order, and keep what is stored', async () => {
  await createOld()
  const everything = 'SELECT person.*, text FROM person JOIN message ON person.id = message.person'
  expect(await read([first, second, third], everything)).toEqual([{ id: 1, name: 'Ada!', blocked: 0, text: 'Hello' }])
  expect(await read([first, second, third], everything)).toEqual([{ id: 1, name: 'Ada!', blocked: 0, text: 'Hello' }])
  expect(await read([first, second, third], 'PRAGMA user_version')).toEqual([{ user_version: 3 }])
})

test('foreign keys hold afterwards, and are those of the rebuilt table', async () => {
  await createOld()
  const db = await openKeystore({ ...options, migrations: [first, second] })
  const orphan = (): unknown => db.prepare(`INSERT INTO message VALUES (2, 'Nobody')`).run()
  expect(orphan).toThrow(expect.objectContaining({ code: 'SQLITE_CONSTRAINT_FOREIGNKEY' }))
  db.prepare('DELETE FROM person').run()
  expect(db.prepare('SELECT * FROM message').all()).toEqual([])
  db.close()
})

test.each([
  ['fails', 'SELECT no_such_function()'],
  ['leaves rows without what they refer to', 'DELETE FROM person'],
])('a step that %s undoes all of them', async (_, text) => {
  await createOld()
  const broken: Migration = { version: 3, up: (sql) => sql(text) }
  await expect(openKeystore({ ...options, migrations: [first, second, broken] })).rejects.toThrow()
  expect(await read([first], 'SELECT * FROM person')).toEqual([{ id: 1, name: 'Ada' }])
  expect(await read([first], 'SELECT * FROM message')).toEqual([{ person: 1, text: 'Hello' }])
})

test('an older program refuses what a newer one has written, and changes nothing', async () => {
  await createOld()
  await read([first, second], 'SELECT 1')
  const before = snapshot(options.dir)
  await expect(read([first], 'SELECT 1')).rejects.toMatchObject({ code: 'keystore.newer-version', details: { found: 2, known: 1 } })
  expect(snapshot(options.dir)).toEqual(before)
})

test('copies of files that were on their way before know their reader, and whether all of them is sealed', async () => {
  const db = await createKeystore({ ...options, migrations: migrations.slice(0, 8) })
  db.prepare(
    `INSERT INTO contacts (no, id, public, name, created, state, relays, stream, activity)
     VALUES (1, x'ab', x'', 'Bob', 0, 'open', '[]', x'01', 0)`,
  ).run()
  db.prepare(
    `INSERT INTO items (id, contact, kind, own, text, sent_at, position, status) VALUES (x'01', 1, 'text', 1, '', 0, 0, 'sent')`,
  ).run()
  const insert = db.prepare(
    `INSERT INTO files (contact, id, file, own, kind, name, type, size, secret, state, chunks)
     VALUES (1, unhex(?), unhex(?), ?, 'file', ?, '', 1, x'', ?, unhex(?))`,
  )
  insert.run('01', '01', 1, 'of a message', 'sent', '01')
  insert.run('02', '02', 0, 'theirs', 'receiving', '00')
  insert.run('03', '03', 1, 'a copy', 'sending', '0000')
  insert.run('04', '04', 1, 'a copy that has begun', 'sending', '0010')
  db.close()
  expect(await read([...migrations], 'SELECT name, hex(peer) AS peer, sealed FROM files ORDER BY id')).toEqual([
    { name: 'of a message', peer: '', sealed: 1 },
    { name: 'theirs', peer: '', sealed: 1 },
    { name: 'a copy', peer: 'AB', sealed: 0 },
    { name: 'a copy that has begun', peer: 'AB', sealed: 1 },
  ])
})
