/** Invites this person makes: for one person, or the public address that many may answer. */
import { CairnError } from '#shared/errors.ts'
import { limits } from '#shared/contract/limits.ts'
import { idOfLanPlace } from '#shared/wire/lanPlace.ts'
import type { Invite as InviteModel } from '#shared/contract/inviteModels.ts'
import { hex } from '../protocol/bytes.ts'
import { sealCancelNotice } from '../protocol/cancelNotice.ts'
import { decodeInvite, encodeInvite } from '../protocol/invite.ts'
import { armorInvite } from '../protocol/inviteText.ts'
import { encodeShortInviteText, sealShortInvite, shortInviteKeys } from '../protocol/shortInvite.ts'
import type { InviteRow } from '../storage/exchangeStore.ts'
import type { PublicationRow } from '../storage/outboxStore.ts'
import { createAddresses } from './addresses.ts'
import type { Core } from './core.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Links } from './links.ts'
import type { Publisher } from './publisher.ts'
import type { Series } from './series.ts'

const day = 24 * 3600_000
/** Ended invites are kept this long for their names and numbers. */
const remembered = 30 * day

export interface Wish {
  label: string
  uses: 'one' | 'many'
  days?: number | undefined
  /** For somebody who asked by code. */
  byCode?: boolean
}

export type Invites = ReturnType<typeof createInvites>

export function createInvites(core: Core, parts: { links: Links; publisher: Publisher; series: Series; exchanges: KeyExchanges }) {
  const { stores } = core
  const { links, publisher, series, exchanges } = parts
  const { primitives, random } = core.ports
  const addresses = createAddresses(core, parts)

  /**
   * One address at a time: a new one takes the place of the one before. Errors: `input.invalid` for days that no relay keeps,
   * `invite.needs-relay` for an address where there is none.
   */
  function create({ label, uses, days = limits.inviteDays[uses], byCode = false }: Wish): InviteModel {
    if (days > limits.inviteDaysMost[uses]) throw new CairnError('input.invalid', { details: { path: 'days' } })
    if (uses === 'many' && links.own().every((place) => idOfLanPlace(place) !== null)) throw new CairnError('invite.needs-relay')
    const row = { ...newRow(label, uses, days), by_code: byCode ? 1 : 0, introduction: null }
    core.commit(() => {
      if (uses === 'many') open('many').forEach(({ id }) => cancel(id))
      stores.exchanges.insertInvite(row)
      if (uses === 'one') publishShort(row)
      core.later(() => listen(row))
    })
    return changed(row.id)
  }

  function newRow(label: string, uses: 'one' | 'many', days: number): Omit<InviteRow, 'by_code' | 'introduction'> {
    const [K, deleteKey, withdraw] = [random(32), random(32), uses === 'many' ? random(32) : null]
    const [created, expires] = [core.now(), core.now() + days * day]
    const bytes = encodeInvite({
      ...{ identity: core.identity().publicBytes, initialRV: random(32), resetRV: random(32), relays: links.own() },
      ...{ epoch: exchanges.nextEpoch(null), created, expires, uses },
      ...(withdraw && { withdraw: primitives.sha256(withdraw) }),
    })
    return {
      ...{ id: hex(random(16)), kind: uses, label, bytes, state: 'open', created, expires, contact: null, by: 'you' },
      ...{ short_key: K, short_delete: deleteKey, short_at: null, withdraw },
    }
  }

  /**
   * For one person alone, whom somebody introduces: it is handed over sealed, so it lies at no relay and is in no list. `known`: the
   * contact that it mends the session with. In the caller's transaction.
   */
  function createFor(person: string, introduction: string, expires: number, known: number | null): InviteRow {
    const created = core.now()
    const bytes = encodeInvite({
      ...{ identity: core.identity().publicBytes, initialRV: random(32), resetRV: random(32), relays: links.own() },
      ...{ epoch: exchanges.nextEpoch(known), created, expires, uses: 'one', for: person },
    })
    const row: InviteRow = {
      ...{ id: hex(random(16)), kind: 'one', label: '', bytes, state: 'open', created, expires, contact: null, by: 'you', introduction },
      ...{ short_key: null, short_delete: null, short_at: null, withdraw: null, by_code: 0 },
    }
    stores.exchanges.insertInvite(row)
    core.later(() => listen(row))
    return row
  }

  function publishShort({ id, bytes, short_key, short_delete }: InviteRow): void {
    const [relay = ''] = links.own()
    if (!short_key || !short_delete || idOfLanPlace(relay) !== null) return
    const blob = sealShortInvite(core.context(), short_key, bytes, short_delete)
    const sealed = { blob, deleteHash: primitives.sha256(short_delete) }
    exchanges.publishSeries([relay], id, shortInviteKeys(primitives, short_key).seed, sealed, 0)
  }

  const open = (kind: 'one' | 'many') => stores.exchanges.invites([kind]).filter((row) => row.state === 'open')

  function listen(row: InviteRow): void {
    if (row.kind === 'many') addresses.look(row)
    else series.read(row.id, 'initial', decodeInvite(primitives, row.bytes).initialRV)
  }

  /** Of our own invites: what their bytes show, which never change. */
  const shown = new Map<string, Pick<InviteModel, 'uses' | 'relays'> & { text: string }>()

  function shownOf({ id, bytes }: InviteRow) {
    const known = shown.get(id)
    if (known) return known
    const { uses, relays } = decodeInvite(primitives, bytes)
    const made = { uses, relays, text: armorInvite(primitives, bytes) }
    shown.set(id, made)
    return made
  }

  function model(row: InviteRow): InviteModel {
    const { uses, relays, text } = shownOf(row)
    const contact = row.contact === null ? null : stores.contacts.byNo(row.contact)
    const answers = row.kind === 'many' ? [] : stores.exchanges.ofInvite(row.id)
    const answeredAt = answers[0]?.answered_at ?? (row.state === 'used' ? (contact?.created ?? null) : null)
    return {
      ...{ id: row.id, label: row.label, uses, relays, created: row.created, expires: row.expires },
      state: stateOf(row, answers.length > 0, relays),
      file: { name: `${fileName(core.identity().nick)}.cairn`, text },
      short: row.short_at === null || row.short_key === null ? null : encodeShortInviteText(row.short_key, relays[0] ?? ''),
      contactId: contact?.id ?? null,
      steps: [
        { name: 'invited', at: row.created },
        { name: 'answered', at: answeredAt },
        { name: 'open', at: row.state === 'used' ? (contact?.created ?? null) : null },
      ],
    }
  }

  function stateOf(row: InviteRow, answered: boolean, relays: readonly string[]): InviteModel['state'] {
    if (row.state !== 'open') return row.state
    if (row.expires <= core.now()) return 'expired'
    if (answered) return 'answered'
    // without a relay there is no short form to wait for
    return row.short_at === null && idOfLanPlace(relays[0] ?? '') === null ? 'preparing' : 'open'
  }

  function changed(id: string): InviteModel {
    const row = stores.exchanges.invite(id)
    if (!row) throw new CairnError('invite.unknown')
    const invite = model(row)
    if (row.kind !== 'reset' && row.introduction === null) core.emit({ type: 'invite', invite })
    return invite
  }

  /** The short invite's blob is at the relay: its text can be handed over. */
  function onStored(publication: PublicationRow): void {
    const row = stores.exchanges.invite(publication.owner)
    if (!row || row.kind === 'reset' || row.short_at !== null || row.state !== 'open') return
    stores.exchanges.updateInvite(row.id, { short_at: core.now() })
    core.later(() => changed(row.id))
  }

  /** It can be answered no more; what waits at the relay is taken back. In the caller's transaction. */
  function close(row: InviteRow, state: 'used' | 'cancelled'): void {
    stores.exchanges.updateInvite(row.id, { state, short_key: null, short_delete: null })
    for (const publication of stores.outbox.publicationsOf(row.id)) {
      if (publication.n !== null && row.short_delete)
        publisher.acknowledgeAt(publication.relay, publication.hk, publication.n, row.short_delete)
    }
    stores.outbox.dropPublicationsOf(row.id)
    // whoever was agreed to on an address is a contact to be, with or without it
    if (row.kind !== 'many') for (const exchange of stores.exchanges.ofInvite(row.id)) exchanges.abandon(exchange)
    core.later(() => {
      if (row.kind === 'many') addresses.stop(row)
      else series.stop(row.id)
      changed(row.id)
    })
  }

  function cancel(id: string): InviteModel {
    const row = stores.exchanges.invite(id)
    if (!row || row.kind === 'reset') throw new CairnError('invite.unknown')
    if (row.state !== 'open') return model(row)
    const invite = decodeInvite(primitives, row.bytes)
    core.commit(() => {
      close(row, 'cancelled')
      if (row.kind === 'many') return addresses.look({ ...row, state: 'cancelled', short_key: null, short_delete: null })
      const notice = { blob: sealCancelNotice(core.context(), invite.initialRV, null), deleteHash: primitives.sha256(random(32)) }
      exchanges.publishSeries(invite.relays, row.id, invite.initialRV, notice, 0)
    })
    return changed(id)
  }

  /** What can be answered no more is read no more, and forgotten a month later. An address goes on into the next week. */
  function expire(): void {
    for (const row of stores.exchanges.invites(['one', 'many', 'reset'])) {
      if (row.kind === 'many') addresses.look(row)
      const over = row.state !== 'open' || row.expires <= core.now()
      if (!over) continue
      series.stop(row.id)
      const needed = stores.exchanges.ofInvite(row.id).length > 0 || stores.requests.ofInvite(row.id) > 0
      if (!needed && (row.kind === 'reset' || row.expires + remembered <= core.now())) forget(row)
    }
  }

  function forget(row: InviteRow): void {
    core.commit(() => {
      stores.outbox.dropPublicationsOf(row.id)
      stores.exchanges.removeInvite(row.id)
      core.later(() => {
        shown.delete(row.id)
        series.stop(row.id)
      })
    })
  }

  return {
    create,
    createFor,
    cancel,
    close,
    changed,
    onStored,
    forget,
    expire,
    list: () => [...open('many'), ...open('one').filter(({ introduction }) => introduction === null)].map(model),
    resume(): void {
      for (const row of stores.exchanges.invites(['one', 'many', 'reset'])) {
        if (row.kind === 'many') addresses.look(row)
        else if (row.state === 'open' && row.expires > core.now()) listen(row)
      }
    },
  }
}

/** Letters and digits of any script; what file systems dislike becomes a dash. */
const fileName = (name: string): string => name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '') || 'invite'
