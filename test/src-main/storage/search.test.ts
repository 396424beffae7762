/** The index of words on a real keystore file, against a plain look at every text. */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseQuery } from '#shared/search/query.ts'
import { rangesIn } from '#shared/search/ranges.ts'
import { createContactStore } from '#main/storage/contactStore.ts'
import { createDatabase, type Database } from '#main/storage/database.ts'
import { openEncryptedFile } from '#main/storage/encryptedFile.ts'
import { createFileStore } from '#main/storage/fileStore.ts'
import { createItemStore } from '#main/storage/itemStore.ts'
import { migrate } from '#main/storage/migrations.ts'
import { createSearchStore, type Wanted } from '#main/storage/searchStore.ts'
import { random, temporaryFolder } from '#test/support/profileFolder.ts'
import { decryptPages } from '#test/support/sqlcipherPages.ts'

const now = Date.UTC(2026, 10, 20)
const day = 24 * 3600_000
const key = random(32)

let folder: ReturnType<typeof temporaryFolder>
let db: Database
let stores: ReturnType<typeof storesOf>
const storesOf = (of: Database) => ({ contacts: createContactStore(of), items: createItemStore(of), search: createSearchStore(of) })

function openFile(name: string): { db: Database; path: string } {
  const path = join(folder.path, name)
  closeSync(openSync(path, 'wx'))
  const sql = openEncryptedFile(path, key)
  migrate(sql)
  return { path, db: createDatabase(sql) }
}

let made = 0
const nextId = () => (++made).toString(16).padStart(32, '0')

function addContact(of: typeof stores): number {
  return of.contacts.insert({ id: nextId().repeat(2), public: random(10), name: 'Ben', relays: [], stream: random(8), now }).no
}

function addText(of: typeof stores, contact: number, text: string, { own = false, sentAt = now } = {}): string {
  const id = nextId()
  of.items.insertText(contact, { id, own, stream: null, seq: null, text, sentAt, status: 'received', late: false }, now)
  return id
}

beforeAll(() => {
  folder = temporaryFolder()
  ;({ db } = openFile('search.db'))
  stores = storesOf(db)
})
afterAll(() => {
  db.close()
  folder.remove()
})

type Filter = Partial<Omit<Wanted, 'terms'>>
const wanted = (query: string, filter: Filter = {}): Wanted => ({
  ...{ terms: parseQuery(query), contact: null, own: null, since: null, until: null, before: null, limit: 1000 },
  ...filter,
})
const ids = (query: string, filter?: Filter) => stores.search.find(wanted(query, filter), now).map(({ id }) => id)

describe('against a look at every text', () => {
  const texts: { id: string; text: string; contact: number; own: boolean; sentAt: number }[] = []
  const vocabulary = [
    'tent',
    'Tente',
    'TENTS',
    'café',
    'cafe\u0301',
    'own',
    'peer',
    'c1',
    'm202611',
    'не',
    'ещё',
    '北京',
    '京',
    'コーヒー',
    "don't",
    'हिन्दी',
    'a',
    '🎉',
  ]
  const word = fc.constantFrom(...vocabulary)
  const part = fc.oneof(
    { arbitrary: word, weight: 4 },
    fc.constantFrom('te', 't', '"', '“', '*', 'OR', '(', 'NOT', '北', ''),
    fc.string({ maxLength: 3 }),
  )
  const query = fc.oneof(
    { arbitrary: word, weight: 2 },
    { arbitrary: fc.array(part, { maxLength: 4 }).map((parts) => parts.join(' ')), weight: 4 },
    fc.string({ unit: 'binary', maxLength: 30 }),
  )
  const at = fc.option(fc.integer({ min: now - 900 * day, max: now + 100 * day }))

  beforeAll(() => {
    const contacts = [addContact(stores), addContact(stores)]
    const samples = fc.sample(fc.record({ words: fc.array(word, { maxLength: 5 }), own: fc.boolean(), days: fc.nat(800) }), {
      numRuns: 400,
      seed: 7,
    })
    db.transaction(() =>
      samples.forEach(({ words, own, days }, i) => {
        const one = { text: words.join(' '), contact: contacts[i % 2] as number, own, sentAt: now - days * day }
        texts.push({ ...one, id: addText(stores, one.contact, one.text, one) })
      }),
    )
  })

  function scan(text: string, { contact, own, since, until }: Filter): string[] {
    const terms = parseQuery(text)
    if (terms.length === 0) return []
    return texts
      .filter((one) => (contact ?? one.contact) === one.contact && (own ?? one.own) === one.own)
      .filter(({ sentAt }) => sentAt >= (since ?? -Infinity) && sentAt < (until ?? Infinity))
      .filter((one) => rangesIn(one.text, terms) !== null)
      .map(({ id }) => id)
      .reverse()
  }

  test('whatever is typed finds the same, newest first', () => {
    const filter = fc.record({ contact: fc.option(fc.constantFrom(1, 2)), own: fc.option(fc.boolean()), since: at, until: at })
    let found = 0
    fc.assert(
      fc.property(query, filter, (text, some) => {
        const here = ids(text, some)
        found += here.length
        expect(here).toEqual(scan(text, some))
      }),
      { numRuns: 200 },
    )
    expect(found).toBeGreaterThan(100) // it was not all about nothing
  })

  test('page by page nothing is left out and nothing comes twice', () => {
    const pages: string[] = []
    for (let before: number | null = null; ;) {
      const page = stores.search.find(wanted('te', { before, limit: 7 }), now)
      pages.push(...page.map(({ id }) => id))
      if (page.length < 7) break
      before = page.at(-1)?.no ?? 0
    }
    expect(pages).toEqual(scan('te', {}))
    expect(pages.length).toBeGreaterThan(50)
  })
})

test('dates far apart, and clocks that say anything', () => {
  const contact = addContact(stores)
  const dates = [0, Date.UTC(1999, 11, 31), Date.UTC(2026, 9, 31, 23), now, now + 200 * day, 8.64e15, Number.MAX_SAFE_INTEGER, -5]
  const made = dates.map((sentAt) => addText(stores, contact, 'quagga', { sentAt }))
  const found = (filter: Filter) =>
    ids('quagga', filter)
      .map((id) => made.indexOf(id))
      .toSorted((a, b) => a - b)
  expect(found({})).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(found({ until: Date.UTC(2000, 0, 1) })).toEqual([0, 1, 7])
  expect(found({ since: Date.UTC(2026, 9, 1), until: Date.UTC(2026, 10, 1) })).toEqual([2])
  expect(found({ since: Date.UTC(2026, 10, 1) })).toEqual([3, 4])
  expect(found({ since: now + 1, until: now })).toEqual([])
})

describe('the index follows', () => {
  test('an edit, a deletion, and the end of a contact', () => {
    const contact = addContact(stores)
    const stored = (id: string) => stores.items.text(contact, id) as NonNullable<ReturnType<typeof stores.items.text>>
    const [edited, deleted, removed, left] = ['okapi one', 'okapi two', 'okapi three', 'okapi four'].map((text) =>
      addText(stores, contact, text),
    )
    stores.items.setText(stored(edited as string), 'axolotl', [], now)
    stores.items.setDeleted(stored(deleted as string), now)
    stores.items.remove(stored(removed as string))
    expect(ids('okapi')).toEqual([left])
    expect(ids('axolotl')).toEqual([edited])
    stores.items.forgetWords(contact)
    stores.contacts.remove(contact)
    expect([...ids('okapi'), ...ids('axolotl')]).toEqual([])
  })

  test('names of files, also of those that were here before names were looked for', () => {
    const file = openFile('named.db')
    const of = storesOf(file.db)
    const files = createFileStore(file.db)
    const contact = addContact(of)
    const about = {
      own: false,
      kind: 'file',
      type: '',
      size: 1,
      relay: null,
      preview: null,
      width: null,
      height: null,
      seconds: null,
    } as const
    const ended = { state: 'here', error: null, chunks: random(1), settled: true, peer: null, sealed: true } as const
    const stored = (id: string) => of.items.text(contact, id) as NonNullable<ReturnType<typeof of.items.text>>
    const addFile = (fileName: string, text: string): string => {
      const id = nextId()
      of.items.insertText(
        contact,
        { id, own: false, stream: null, seq: null, text, sentAt: now, status: 'received', late: false, fileName },
        now,
      )
      files.insert({ contact, id, file: nextId(), name: fileName, secret: random(32), ...about, ...ended })
      return id
    }
    const ids = (query: string) => of.search.find(wanted(query), now).map(({ id }) => id)
    const early = Array.from({ length: 120 }, (_, i) => addFile(`tapir ${String(i)}.pdf`, i % 2 === 0 ? '' : 'said'))
    of.items.remove(stored(early[0] ?? ''))
    expect(ids('tapir')).toEqual([])
    expect(of.items.addFileNames()).toBe(true)
    // half done: both kinds are edited and deleted
    const late = addFile('tapir late.pdf', 'said')
    expect(ids('tapir').length).toBe(51)
    for (const id of [late, early[119] ?? '', early[3] ?? '']) of.items.setText(stored(id), 'changed', [], now)
    for (const id of [early[117] ?? '', early[5] ?? '']) of.items.setDeleted(stored(id), now)
    files.remove(contact, early[117] ?? '')
    files.remove(contact, early[5] ?? '')
    while (of.items.addFileNames());
    expect(ids('tapir').length).toBe(118)
    expect(ids('tapir changed').toSorted()).toEqual([late, early[119] ?? '', early[3] ?? ''].toSorted())
    expect(ids('117 tapir')).toEqual([])
    of.items.forgetWords(contact)
    for (const word of ['tapir', 'said', 'pdf', 'changed']) expect(ids(word)).toEqual([])
    file.db.close()
  })

  test('of a deleted message no word is left in the decrypted file', () => {
    const file = openFile('deleted.db')
    const of = storesOf(file.db)
    const contact = addContact(of)
    file.db.transaction(() => {
      for (let i = 0; i < 500; i++) addText(of, contact, `zebra${String(i)} common words of many`)
    })
    const id = addText(of, contact, 'Quetzalcoatl is a secret')
    const dump = () =>
      file.db
        .prepare('SELECT block FROM words_data')
        .all()
        .map((row) => Buffer.from(row['block'] as Uint8Array))
    // pages share beginnings: a word's end is always written out
    expect(dump().some((block) => block.includes('etzalcoatl'))).toBe(true)
    of.items.remove(of.items.text(contact, id) as NonNullable<ReturnType<typeof of.items.text>>)
    expect(dump().filter((block) => block.includes('etzalcoatl'))).toEqual([])
    expect(of.search.find(wanted('secret'), now)).toEqual([])
    expect(of.search.find(wanted('zebra499'), now)).toHaveLength(1)
    file.db.checkpoint()
    file.db.close()
    expect(decryptPages(file.path, key).filter((page) => page.includes('etzalcoatl'))).toEqual([])
  })
})
