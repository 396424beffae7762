/** Who we are and where we are met, told to everybody who is connected. */
import { unhex } from '../protocol/bytes.ts'
import type { Conversations } from './conversations.ts'
import type { Core } from './core.ts'
import type { Links } from './links.ts'
import type { Outbox } from './outbox.ts'
import { uuidv7 } from './uuidv7.ts'

export type Telling = ReturnType<typeof createTelling>

export function createTelling(
  core: Core,
  { conversations, links, outbox }: { conversations: Conversations; links: Links; outbox: Outbox },
) {
  const { stores } = core

  /** Our name or relays have changed. In the caller's transaction. */
  function everybody(): void {
    stores.profile.setMeta('told-at', String(core.now()))
    for (const contact of stores.contacts.all()) if (contact.state === 'open' && !conversations.isSelf(contact)) one(contact.no)
  }

  function one(contactNo: number): void {
    const id = uuidv7(core.now(), core.ports.random)
    const content = { identity: core.identity().publicBytes, relays: links.own() }
    outbox.queue(contactNo, id, { t: 'profile', id: unhex(id), at: core.now(), ...content })
  }

  return {
    everybody,
    one,
    /** When our name or relays last changed; 0 for never. */
    toldAt: (): number => Number(new TextDecoder().decode(stores.profile.meta('told-at') ?? new Uint8Array())),
  }
}
