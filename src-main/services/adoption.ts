/**
 * A profile out of a profile file, before it is opened for the first time. The computer it comes from may still be running, on the very
 * same sessions: nothing may be encrypted on them here, or two different texts would go out under one key. So they are left out, every
 * contact gets a stream of its own from here, as after a restored backup (docs/protocol.md section 6), and is put on the list of
 * those whose session is reset; what waits to be sent goes out on the new ones.
 */
import type { Random } from '../ports.ts'
import { decodeIdentitySecrets } from '../protocol/identity.ts'
import type { Primitives } from '../protocol/primitives.ts'
import type { Database } from '../storage/database.ts'
import { createStores } from './core.ts'

/** Errors: `codec.malformed` where there is no identity in it. */
export function adopt(ports: { primitives: Primitives; random: Random; now: number }, db: Database): void {
  const { random, now } = ports
  db.transaction(() => {
    const stores = createStores(db)
    decodeIdentitySecrets(ports.primitives, stores.profile.meta('identity') ?? new Uint8Array())
    stores.outbox.leaveSessions()
    stores.sessions.leaveAll()
    for (const { id } of stores.exchanges.invites(['reset'])) {
      stores.outbox.dropPublicationsOf(id)
      stores.exchanges.removeInvite(id)
    }
    stores.resetAll.clear()
    for (const contact of stores.contacts.all()) {
      if (contact.state !== 'open' || stores.contacts.keys(contact.no).length === 0) continue
      stores.contacts.newStream(contact.no, random(8), now)
      stores.outbox.restamp(contact.no)
      stores.contacts.update(contact.no, { trouble: null, trouble_since: null, trouble_by: null })
      if (contact.blocked_at === null) stores.resetAll.add(contact.no, now)
    }
  })
}
