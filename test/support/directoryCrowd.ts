/** Many people of the directory who are connected and say nothing. */
import { openAccounts } from '#relay/storage/accounts.ts'
import { createUserStore } from '#relay/storage/userStore.ts'
import { connectUser, exchangeFrame, newKeys, type DirectorySocket, type TestUser } from './directoryClient.ts'
import { eventually } from './eventually.ts'
import type { RelayProcess } from './processes.ts'

/** The `index`-th code. */
const codeOf = (index: number): string => index.toString().padStart(7, '0')

/** Users straight in the database of a relay that is stopped: over HTTP so many are too many for one address. */
export function insertCrowd(dir: string, count: number): TestUser[] {
  const users = Array.from({ length: count }, (_, index) => ({ ...newKeys(), code: codeOf(index) }))
  const db = openAccounts(dir)
  db.transaction(() => {
    const store = createUserStore(db)
    for (const { code, ecdh, eddsa } of users) store.insert(code, Buffer.from(ecdh, 'hex'), Buffer.from(eddsa, 'hex'), Date.now())
  })
  db.close()
  return users
}

/** Each from an address of its own, as a relay with `--trust-proxy` sees it; a few at a time. */
export async function connectCrowd(relay: RelayProcess, users: readonly TestUser[]): Promise<DirectorySocket[]> {
  const base = relay.address.replace('ws://', 'http://')
  const sockets: DirectorySocket[] = []
  for (let at = 0; at < users.length; at += 50) {
    const connecting = users.slice(at, at + 50).map((user, i) => {
      const index = at + i
      const from = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
      return connectUser(base, user, { headers: { 'x-forwarded-for': from } })
    })
    sockets.push(...(await Promise.all(connecting)))
  }
  return sockets
}

/** A frame from one of them to another, read by the other. @throws where it does not come */
export async function frameAcross(
  sockets: readonly DirectorySocket[],
  users: readonly TestUser[],
  from: number,
  to: number,
): Promise<void> {
  const [sender, recipient, a, b] = [sockets[from], sockets[to], users[from], users[to]]
  if (!sender || !recipient || !a || !b) throw new RangeError('there are not so many')
  const frame = exchangeFrame(a, b)
  sender.send(frame)
  await eventually(
    'the frame',
    () => recipient.relayed(),
    (frames) => frames.includes(frame),
  )
}
