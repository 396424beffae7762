/** What a backup holds of this profile, and a profile made of one again (docs/services/key-backup.md). Never ratchet state. */
import { CairnError } from '#shared/errors.ts'
import { limits } from '#shared/contract/limits.ts'
import type { Random } from '../../ports.ts'
import type { Backup } from '../../protocol/accountBackup.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import { decodeIdentitySecrets, decodePublicIdentity, encodeIdentitySecrets, type Identity } from '../../protocol/identity.ts'
import type { Primitives } from '../../protocol/primitives.ts'
import type { Contact, ContactKey } from '../../storage/contactStore.ts'
import type { Stores } from '../core.ts'
import { putGroups, savedGroups } from '../groups/groupBackup.ts'

export type Content = Omit<Backup, 'counter'>
type SavedContact = Content['contacts'][number]

/** Relays of this very computer are no use on another. */
const ownRelays = (stores: Stores): string[] =>
  stores.profile
    .relays()
    .filter((relay) => relay.retired_at === null && !relay.local)
    .map((relay) => relay.address)

/** The same for the same state: what is compared to know whether anything is new. */
export function contentOf(stores: Stores, identity: Identity): Content {
  const keys = stores.contacts.allKeys()
  const contacts = stores.contacts.all().filter(({ no, state }) => state === 'open' && keys.has(no))
  return {
    identity: encodeIdentitySecrets(identity),
    contacts: contacts.map((contact) => savedContact(contact, keys.get(contact.no) ?? [])),
    relays: ownRelays(stores),
    blocked: stores.contacts.blocked().map(({ id, name, at }) => ({ id: unhex(id), name, at })),
    groups: savedGroups(stores),
  }
}

const savedContact = (contact: Contact, keys: ContactKey[]): SavedContact => ({
  identity: contact.public,
  keys: keys.map(({ key, my_reset, peer_reset }) => ({ key, myReset: my_reset, peerReset: peer_reset })),
  ...{ relays: contact.relays, label: contact.label, verified: contact.verified_at, blocked: contact.blocked_at },
  ...{ since: contact.created, byCode: contact.by_code === 1 },
})

export interface RestorePorts {
  primitives: Primitives
  random: Random
  now: number
}

/**
 * The contact as it was, without a session: its reset makes one. False where it is here already. In the caller's transaction.
 * Errors: `codec.malformed` for an identity that is none.
 */
export function putContact(stores: Stores, { primitives, random, now }: RestorePorts, saved: SavedContact): boolean {
  const identity = decodePublicIdentity(primitives, saved.identity)
  if (stores.contacts.byId(identity.id)) return false
  const about = { id: identity.id, public: identity.bytes, name: identity.nick, relays: saved.relays }
  const { no } = stores.contacts.insert({ ...about, stream: random(8), now: saved.since })
  stores.contacts.update(no, {
    ...{ state: 'open', label: saved.label, verified_at: saved.verified, blocked_at: saved.blocked },
    ...{ by_code: saved.byCode ? 1 : 0, heard_at: now },
  })
  for (const { key, myReset, peerReset } of saved.keys.toReversed())
    stores.contacts.addKey(no, { key, my_reset: myReset, peer_reset: peerReset }, saved.since)
  if (saved.blocked === null) stores.resetAll.add(no, now)
  return true
}

export function putBlocked(stores: Stores, { blocked }: Pick<Content, 'blocked'>): void {
  for (const { id, name, at } of blocked) if (!stores.contacts.isBlocked(hex(id))) stores.contacts.keepBlocked({ id: hex(id), name, at })
}

/** Everything of a backup, in a profile that is empty. `fallback` is where one is met whose relays were all of a computer that is gone. */
export function putContent(stores: Stores, ports: RestorePorts, content: Content, fallback: string): void {
  if (content.identity.length === 0) throw new CairnError('backup.none')
  stores.profile.setMeta('identity', content.identity)
  const relays = content.relays.length > 0 ? content.relays : [fallback]
  for (const address of relays.slice(0, limits.ownRelays)) stores.profile.addRelay(address, false, ports.now)
  for (const contact of content.contacts) putContact(stores, ports, contact)
  putBlocked(stores, content)
  putGroups(stores, ports, decodeIdentitySecrets(ports.primitives, content.identity).id, content.groups)
}
