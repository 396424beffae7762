/**
 * Key exchanges from either side, from the first blob to a confirmed session. Everything is on disk before the network
 * call that depends on it (docs/protocol.md section 2).
 */
import { CairnError } from '#shared/errors.ts'
import { decodePublicIdentity } from '../protocol/identity.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { ExchangeRow } from '../storage/exchangeStore.ts'
import { createAcceptor } from './acceptor.ts'
import type { Core } from './core.ts'
import { createExchangeParts, type ExchangeServices } from './exchangeParts.ts'
import { createInviter, type InviterListeners } from './inviter.ts'

const blobsLive = 30 * 24 * 3600_000

export type KeyExchanges = ReturnType<typeof createKeyExchanges>

export function createKeyExchanges(core: Core, services: ExchangeServices, listeners: InviterListeners) {
  const { stores } = core
  const parts = createExchangeParts(core, services, listeners)
  const inviter = createInviter(core, services, parts, listeners)
  const { moveAnswers, ...acceptor } = createAcceptor(core, services, parts, listeners)
  const { publishSeries, nextEpoch, confirm, abandon } = parts

  /** What was answered in time is waited for as long as blobs live: the other side may be connected already. */
  const endOf = (row: ExchangeRow) =>
    row.role === 'inviter' && row.answered_at !== null ? Math.max(row.expires, row.answered_at + blobsLive) : row.expires

  /** By the person; our single-use invite, where the exchange answered one, is the caller's to end. An address stays open. */
  function cancel(contact: Contact): string | null {
    const all = stores.exchanges.ofContact(contact.no).filter((row) => row.kind === 'first')
    const [exchange] = all
    if (!exchange) throw new CairnError('exchange.unknown')
    const many = exchange.invite !== null && stores.exchanges.invite(exchange.invite)?.kind === 'many'
    for (const one of many ? all.filter(({ invite }) => invite === exchange.invite) : [exchange]) abandon(one)
    listeners.onChanged(contact.no, exchange.invite)
    return many ? null : exchange.invite
  }

  return {
    ...acceptor,
    ...inviter,
    cancel,
    confirm,
    abandon,
    drop: parts.end,
    publishSeries,
    nextEpoch,
    /** After a start: go on watching for msg3. */
    resume: () => {
      const contacts = new Set(stores.exchanges.all().map(({ contact }) => contact))
      for (const no of contacts) {
        const contact = stores.contacts.byNo(no)
        if (contact) acceptor.listen(contact)
      }
    },
    /** Every so often: what has come to its end, and what has a period to move to. */
    expire(): void {
      stores.exchanges.all().forEach((row) => endOf(row) <= core.now() && abandon(row))
      moveAnswers()
    },
    identityOf: (contact: Contact) => decodePublicIdentity(core.ports.primitives, contact.public),
  }
}
