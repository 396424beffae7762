/** Whom this person would recognise on its network, by which secret (docs/protocol.md section 10). */
import type { Acquaintance } from '../../lanPort.ts'
import { decodeInvite } from '../../protocol/invite.ts'
import type { Core } from '../core.ts'

export function createAcquaintances(core: Core) {
  const { stores } = core

  /** People there is, or was, a session with: the keys that both ends keep, the newest of everybody first. */
  const contacts = (): Acquaintance[] => {
    const keys = stores.contacts.allKeys()
    return stores.contacts
      .all()
      .filter(({ blocked_at }) => blocked_at === null)
      .flatMap(({ no, id }) => (keys.get(no) ?? []).map(({ key }, age) => ({ secret: key, id, age })))
      .toSorted((a, b) => a.age - b.age)
  }

  /** Whoever holds an open invite of ours for one person; a public address would be known to too many. */
  const invited = (): Acquaintance[] =>
    stores.exchanges
      .invites(['one'])
      .filter(({ state, expires }) => state === 'open' && expires > core.now())
      .map(({ bytes }) => ({ secret: decodeInvite(core.ports.primitives, bytes).initialRV, id: null }))

  /** Whose invite this person has answered: the answer goes to the series of that invite. */
  const inviting = (): Acquaintance[] =>
    stores.exchanges
      .all()
      .filter(({ role, kind, seed }) => role === 'acceptor' && kind === 'first' && seed === null)
      .flatMap(({ id, contact }) => {
        const person = stores.contacts.byNo(contact)
        return person ? stores.outbox.publicationsOf(id).map(({ hk }) => ({ secret: hk, id: person.id })) : []
      })

  /**
   * The other side of an answer, also of one to a public address: by the series that the last step comes on, which these two alone know.
   * Who answered has not proved yet who it is, so it is nobody that this person has a key of its own for.
   */
  const answering = (): Acquaintance[] =>
    stores.exchanges.all().flatMap(({ id, contact, role, step3 }) => {
      const person = stores.contacts.byNo(contact)
      if (!person || person.blocked_at !== null || (role === 'inviter' && stores.contacts.keys(contact).length > 0)) return []
      const secrets = role === 'inviter' ? stores.outbox.publicationsOf(id).map(({ hk }) => hk) : step3 ? [step3] : []
      return secrets.map((secret) => ({ secret, id: person.id }))
    })

  return {
    known: (): Acquaintance[] => [...contacts(), ...answering(), ...inviting(), ...invited()],
    /** Whether somebody who holds an invite may be that person: whoever has a key of its own shows that one. */
    mayBe(id: string): boolean {
      const contact = stores.contacts.byId(id)
      return id !== core.identity().id && !stores.contacts.isBlocked(id) && (!contact || stores.contacts.keys(contact.no).length === 0)
    },
  }
}
