/**
 * Requests: whoever answers a public contact address waits here until the person agrees. Nothing goes to them before that, and nothing
 * at all when they are declined.
 */
import { CairnError } from '#shared/errors.ts'
import type { ContactRequest, Requests as RequestsModel } from '#shared/contract/inviteModels.ts'
import type { Msg2 } from '../protocol/keyExchange.ts'
import { rendezvousPoint } from '../protocol/rendezvous.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { InviteRow } from '../storage/exchangeStore.ts'
import type { RequestRow } from '../storage/requestStore.ts'
import type { Core } from './core.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Links } from './links.ts'
import type { Watch } from './watches.ts'

/** People who may wait at a time; whoever comes then waits at the relay, where numbers are few. */
export const requestsMost = 32
/** What nobody has decided about lapses, without a word. */
const requestLives = 30 * 24 * 3600_000

export type RequestsService = ReturnType<typeof createRequests>

export interface RequestsParts {
  links: Links
  exchanges: KeyExchanges
  /** The backup is another now. */
  touch(): void
}

export function createRequests(core: Core, { links, exchanges, touch }: RequestsParts) {
  const { stores } = core
  /** Places of answers for which there was no room. After a start they come again by themselves. */
  const held = new Map<string, Watch>()

  /** An answer to an invite of many uses, in its transaction; false: there is no room. */
  function onRequest(row: InviteRow, msg2: Msg2, blob: Uint8Array, watch: Watch): boolean {
    const { id, nick } = msg2.identity
    if (stores.requests.ofPerson(id).length === 0 && stores.requests.people() >= requestsMost) {
      const first = held.size === 0
      held.set(`${watch.relay} ${rendezvousPoint(core.ports.primitives, watch)}`, watch)
      if (first) changed()
      return false
    }
    stores.requests.insert({ hash: msg2.hash, invite: row.id, person: id, name: nick, relays: msg2.relays, body: blob, at: core.now() })
    changed()
    return true
  }

  function list(): RequestsModel {
    const people = new Map<string, RequestRow>()
    for (const row of stores.requests.all()) if (!people.has(row.person)) people.set(row.person, row)
    return { list: [...people.values()].map(model), more: held.size > 0 }
  }

  function model({ person, name, relays, at }: RequestRow): ContactRequest {
    const contact = stores.contacts.byId(person)
    const sameName = stores.contacts
      .all()
      .some((other) => other.id !== person && other.state === 'open' && [other.name, other.label].includes(name))
    const relation = contact?.state === 'open' ? 'known' : sameName ? 'same-name-other-keys' : 'new'
    return { id: person, name, at, relation, relays, askRelay: exchanges.unknownRelay(relays) }
  }

  function changed(): void {
    core.later(() => core.emit({ type: 'requests', requests: list() }))
  }

  const of = (person: string): RequestRow[] => {
    const rows = stores.requests.ofPerson(person)
    if (rows.length === 0) throw new CairnError('request.unknown')
    return rows
  }

  /** What waits at the relay for want of room is asked for again. */
  function makeRoom(): void {
    core.later(() => {
      const waiting = [...held.values()]
      held.clear()
      changed()
      for (const watch of waiting) links.get(watch.relay).refetch(rendezvousPoint(core.ports.primitives, watch))
    })
  }

  function remove(person: string): void {
    stores.requests.drop(person)
    makeRoom()
  }

  /** The person agrees, also to the relay it was asked about. Errors: `request.unknown`, `contact.blocked`, `session.refused`. */
  function accept(person: string): Contact {
    const rows = of(person)
    if ((stores.contacts.byId(person)?.blocked_at ?? null) !== null) throw new CairnError('contact.blocked')
    return core.commit(() => {
      remove(person)
      return exchanges.agree(rows)
    })
  }

  /** Silent: the other side goes on waiting until its time is over. */
  function decline(person: string): void {
    of(person)
    core.commit(() => remove(person))
  }

  /** Also whatever else these keys may ask for. */
  function block(person: string): void {
    const [{ name } = { name: '' }] = of(person)
    const contact = stores.contacts.byId(person)
    core.commit(() => {
      if (!contact) stores.contacts.keepBlocked({ id: person, name, at: core.now() })
      remove(person)
      touch()
    })
  }

  return {
    onRequest,
    list,
    accept,
    decline,
    block,
    /** Nothing of theirs waits any more, without a word. */
    forget: (person: string) => void (stores.requests.drop(person) && makeRoom()),
    expire: () => core.commit(() => void (stores.requests.dropOlder(core.now() - requestLives) && makeRoom())),
  }
}
