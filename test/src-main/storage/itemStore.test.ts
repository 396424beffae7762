import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKeystore } from '#main/storage/keystore.ts'
import type { Database } from '#main/storage/database.ts'
import { createContactStore } from '#main/storage/contactStore.ts'
import { createItemStore, type NewText } from '#main/storage/itemStore.ts'
import { createWrapPorts, random, temporaryFolder } from '#test/support/profileFolder.ts'

const now = 1_750_000_000_000
const theirs = new Uint8Array(8).fill(1)
const ours = new Uint8Array(8).fill(2)
const oursLater = new Uint8Array(8).fill(3)

let folder: ReturnType<typeof temporaryFolder>
let db: Database
let contact: number
let items: ReturnType<typeof createItemStore>

beforeEach(async () => {
  folder = temporaryFolder()
  db = await createKeystore({ ...(await createWrapPorts()), dir: folder.path, passphrase: 'walk the old path' })
  const made = { id: '00'.repeat(32), public: random(10), name: 'Ben', relays: [], stream: ours, now }
  contact = createContactStore(db).insert(made).no
  items = createItemStore(db)
})
afterEach(() => {
  db.close()
  folder.remove()
})

let made = 0
const text = (stream: Uint8Array, seq: number, changes: Partial<NewText> = {}): NewText => ({
  ...{ id: (made++).toString(16).padStart(32, '0'), own: stream !== theirs, stream, seq, text: String(seq), sentAt: now + seq },
  ...{ status: 'received', late: false, ...changes },
})
const add = (stream: Uint8Array, seqs: Iterable<number>, changes: Partial<NewText> = {}): string[] =>
  [...seqs].flatMap((seq) => items.insertText(contact, text(stream, seq, changes), now))

/** Page by page, as a window scrolls. */
function shown(limit: number): string[] {
  const all: string[] = []
  for (let before = Infinity, more = true; more;) {
    const page = items.before(contact, 'x', before, limit)
    all.unshift(...page.items.map((item) => item.text))
    before = page.items[0]?.position ?? 0
    more = page.more
  }
  return all
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const words = (seqs: number[]) => seqs.map(String)

test.each([
  ['forwards', upTo(59)],
  ['backwards', upTo(59).reverse()],
  ['in a muddle', upTo(59).map((i) => ((i * 23) % 59) + 1)],
])('many that come late, %s, stand in seq order, and no page loses one', (_, late) => {
  add(theirs, [60, ...late])
  for (const limit of [1, 7, 200]) expect(shown(limit)).toEqual(words(upTo(60)))
})

test('two thousand of our own that come back stand before what was written since', () => {
  add(oursLater, [1, 2], { text: 'since', sentAt: now + 10_000 })
  add(ours, upTo(2000))
  expect(shown(200)).toEqual([...words(upTo(2000)), 'since', 'since'])
})

test('what has to move is named, and only that', () => {
  add(theirs, [1, 3, 4])
  expect(add(theirs, [2])).toHaveLength(2)
  expect(add(theirs, [5])).toEqual([])
  expect(shown(2)).toEqual(['1', '2', '3', '4', '5'])
})
