/**
 * Writes a profile in which there is something to look for, into the folder it is given: some hundred messages, and below those of the
 * longest conversation a few that only a search leads to. A process of its own, since Playwright compiles tests in another way.
 */
import { createKdf } from '#main/crypto/kdf.ts'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import { createRandom } from '#main/node/random.ts'
import { uuidv7 } from '#main/services/uuidv7.ts'
import { createContactStore } from '#main/storage/contactStore.ts'
import { createItemStore } from '#main/storage/itemStore.ts'
import { openKeystore } from '#main/storage/keystore.ts'
import { createLargeProfile } from '../bench/largeProfile.ts'

const told = [
  { text: 'Das Zelt steht beim Café über der Brücke', own: false },
  { text: 'Zeltplatz gefunden, danke!', own: true },
  { text: '我们明天在北京大学见面', own: false },
]
const day = 24 * 3600_000

async function prepare(dir: string, passphrase: string): Promise<void> {
  await createLargeProfile({ dir, passphrase, relay: 'ws://127.0.0.1:9', contacts: 6, messages: 700, longest: 0.9 })
  const [primitives, random] = [await createPrimitives(), createRandom()]
  const db = await openKeystore({ dir, passphrase, primitives, random, kdf: createKdf() })
  const [contact] = createContactStore(db).newest(1)
  const seqOf = { stream: random(8), seq: null }
  const first = db.prepare('SELECT min(position) AS at FROM items WHERE contact = ?').get(contact?.no ?? 0)?.['at'] as number
  db.transaction(() => {
    const items = createItemStore(db)
    told.forEach(({ text, own }, i) => {
      const sentAt = first - 30 * day + i * 60_000
      items.insertText(
        contact?.no ?? 0,
        { id: uuidv7(sentAt, random), own, ...seqOf, text, sentAt, status: own ? 'delivered' : 'received', late: false },
        sentAt,
      )
      db.prepare('UPDATE items SET position = ? WHERE no = (SELECT max(no) FROM items)').run(sentAt)
    })
  })
  db.close()
}

const [dir = '', passphrase = ''] = process.argv.slice(2)
await prepare(dir, passphrase)
process.stdout.write('ready\n')
