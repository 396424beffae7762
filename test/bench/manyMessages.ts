/** A keystore with very many messages in it, written by the stores in large transactions, and what it takes to look for something there. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKdf } from '#main/crypto/kdf.ts'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import { createRandom } from '#main/node/random.ts'
import { hex } from '#main/protocol/bytes.ts'
import { uuidv7 } from '#main/services/uuidv7.ts'
import { createContactStore } from '#main/storage/contactStore.ts'
import type { Database } from '#main/storage/database.ts'
import { createItemStore, type NewText } from '#main/storage/itemStore.ts'
import { createKeystore } from '#main/storage/keystore.ts'
import { createSearchStore, type Wanted } from '#main/storage/searchStore.ts'
import { createWordIndex, type WordIndex } from '#main/storage/wordIndex.ts'
import { parseQuery } from '#shared/search/query.ts'
import { createVocabulary, createWriter, seeded } from './manyTexts.ts'

const contacts = 200
/** So long do all of them take. */
export const spanMs = 4 * 365 * 24 * 3600_000
const batch = 5_000
const shownHits = 20

const unindexed: WordIndex = { add: () => undefined, remove: () => undefined, addNames: () => false }

export type SearchStage = Awaited<ReturnType<typeof createSearchStage>>

export async function createSearchStage(messages: number) {
  const dir = mkdtempSync(join(tmpdir(), 'cairn-bench-'))
  const [primitives, random] = [await createPrimitives(), createRandom()]
  const db = await createKeystore({ dir: join(dir, 'profile'), passphrase: 'plain river stone', primitives, random, kdf: createKdf() })
  const vocabulary = createVocabulary()
  const now = Date.now()
  const people = Array.from({ length: contacts }, (_, i) => addContact(db, random, i, now))
  const write = createWriter(vocabulary, 2)
  const chance = seeded(3)
  const [withIndex, without] = [createItemStore(db, createWordIndex(db)), createItemStore(db, unindexed)]

  /** A few people get most of it. */
  const next = (sentAt: number): { contact: number; item: NewText } => {
    const own = chance() < 0.4
    const contact = people[Math.floor(chance() ** 3 * contacts)] ?? 1
    const row = {
      id: uuidv7(sentAt, random),
      own,
      stream: null,
      seq: null,
      text: write(),
      sentAt,
      status: 'received',
      late: false,
    } as const
    return { contact, item: row }
  }
  const add = (store: typeof withIndex, sentAt: number): void => {
    const { contact, item } = next(sentAt)
    store.insertText(contact, item, sentAt)
  }
  for (let done = 0; done < messages; done += batch)
    db.transaction(() => {
      for (let i = done; i < Math.min(messages, done + batch); i++) add(withIndex, now - spanMs + (spanMs / messages) * i)
    })
  const search = createSearchStore(db)

  return {
    vocabulary,
    contact: people[0] ?? 1,
    now,
    /** Milliseconds until the first page is there. */
    ask(query: string, filter: Partial<Wanted>): number {
      const start = performance.now()
      const wanted = { contact: null, own: null, since: null, until: null, before: null, limit: shownHits, ...filter }
      search.find({ terms: parseQuery(query), ...wanted }, now)
      return performance.now() - start
    },
    /** Microseconds for each message that comes, `each` of them in a durable transaction. */
    insert(count: number, each: number, isIndexed: boolean): number {
      const start = performance.now()
      for (let i = 0; i < count; i += each)
        db.transaction(() => {
          for (let j = 0; j < each; j++) add(isIndexed ? withIndex : without, now)
        })
      return ((performance.now() - start) / count) * 1000
    },
    /** Bytes of the database, and of what is left of them without the index, which is then gone. */
    sizes(): { whole: number; bare: number } {
      const whole = usedBytes(db)
      db.prepare('DROP TABLE words').run()
      return { whole, bare: usedBytes(db) }
    },
    close() {
      db.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

const number = (db: Database, pragma: string): number => Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0])
const usedBytes = (db: Database): number => (number(db, 'page_count') - number(db, 'freelist_count')) * number(db, 'page_size')

function addContact(db: Database, random: (length: number) => Uint8Array, i: number, now: number): number {
  const made = { id: hex(random(32)), public: random(64), name: `Contact ${String(i)}`, relays: [], stream: random(8), now }
  return createContactStore(db).insert(made).no
}
