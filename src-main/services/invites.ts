/** Invites this person makes, and looking at those of others before anything is sent. */
import { CairnError } from '#shared/errors.ts'
import type { Invite as InviteModel, InvitePreview } from '#shared/contract/models.ts'
import { concat, hex, utf8 } from '../protocol/bytes.ts'
import { decodeInvite, encodeInvite, type Invite } from '../protocol/invite.ts'
import { armorInvite, parseInviteText } from '../protocol/inviteText.ts'
import { pad } from '../protocol/padding.ts'
import { encodeShortInviteText, openShortInvite, sealShortInvite, shortInviteKeys } from '../protocol/shortInvite.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { InviteRow } from '../storage/exchangeStore.ts'
import type { PublicationRow } from '../storage/outboxStore.ts'
import type { Core } from './core.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Links } from './links.ts'
import type { Publisher } from './publisher.ts'
import type { Reader } from './reader.ts'
import type { Series } from './series.ts'

/** Unfinished exchanges end with the invite: 14 days by default. */
const lifetime = 14 * 24 * 3600 * 1000
const noticeBytes = 4096
/** Ended invites are kept this long for their names and numbers. */
const remembered = 30 * 24 * 3600 * 1000

export type Invites = ReturnType<typeof createInvites>

export function createInvites(
  core: Core,
  parts: { links: Links; publisher: Publisher; series: Series; reader: Reader; exchanges: KeyExchanges },
) {
  const { stores } = core
  const { links, publisher, series, reader, exchanges } = parts
  const { primitives, random } = core.ports

  function create(label: string): InviteModel {
    const [K, deleteKey] = [random(32), random(32)]
    const now = core.now()
    const bytes = encodeInvite({
      ...{ identity: core.identity().publicBytes, initialRV: random(32), resetRV: random(32), relays: links.own() },
      ...{ epoch: exchanges.nextEpoch(null), created: now, expires: now + lifetime, uses: 'one' },
    })
    const id = hex(random(16))
    const row: InviteRow = {
      ...{ id, kind: 'one', label, bytes, state: 'open', created: now, expires: now + lifetime, contact: null, by: 'you' },
      ...{ short_key: K, short_delete: deleteKey, short_at: null },
    }
    core.commit(() => {
      stores.exchanges.insertInvite(row)
      const sealed = { blob: sealShortInvite(core.context(), K, bytes, deleteKey), deleteHash: primitives.sha256(deleteKey) }
      exchanges.publishSeries(links.own().slice(0, 1), id, shortInviteKeys(primitives, K).seed, sealed, 0)
      core.later(() => listen(row))
    })
    return changed(id)
  }

  const listen = (row: InviteRow) => series.read(row.id, 'initial', decodeInvite(primitives, row.bytes).initialRV)

  function model(row: InviteRow): InviteModel {
    const invite = decodeInvite(primitives, row.bytes)
    const contact = row.contact === null ? null : stores.contacts.byNo(row.contact)
    const answers = stores.exchanges.ofInvite(row.id)
    const answeredAt = answers[0]?.answered_at ?? (row.state === 'used' ? (contact?.created ?? null) : null)
    return {
      ...{ id: row.id, label: row.label, created: row.created, expires: row.expires, relays: invite.relays },
      state: stateOf(row, answers.length > 0),
      file: { name: `${fileName(core.identity().nick)}.cairn`, text: armorInvite(primitives, row.bytes) },
      short: row.short_at === null || row.short_key === null ? null : encodeShortInviteText(row.short_key, invite.relays[0] ?? ''),
      contactId: contact?.id ?? null,
      steps: [
        { name: 'invited', at: row.created },
        { name: 'answered', at: answeredAt },
        { name: 'open', at: row.state === 'used' ? (contact?.created ?? null) : null },
      ],
    }
  }

  function stateOf(row: InviteRow, answered: boolean): InviteModel['state'] {
    if (row.state !== 'open') return row.state
    if (row.expires <= core.now()) return 'expired'
    if (answered) return 'answered'
    return row.short_at === null ? 'preparing' : 'open'
  }

  function changed(id: string): InviteModel {
    const row = stores.exchanges.invite(id)
    if (!row) throw new CairnError('invite.unknown')
    const invite = model(row)
    if (row.kind === 'one') core.emit({ type: 'invite', invite })
    return invite
  }

  /** The short invite's blob is at the relay: its text can be handed over. */
  function onStored(publication: PublicationRow): void {
    const row = stores.exchanges.invite(publication.owner)
    if (row?.kind !== 'one' || row.short_at !== null || row.state !== 'open') return
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
    for (const exchange of stores.exchanges.ofInvite(row.id)) exchanges.abandon(exchange)
    core.later(() => {
      series.stop(row.id)
      changed(row.id)
    })
  }

  function cancel(id: string): InviteModel {
    const row = stores.exchanges.invite(id)
    if (row?.kind !== 'one') throw new CairnError('invite.unknown')
    if (row.state !== 'open') return model(row)
    const invite = decodeInvite(primitives, row.bytes)
    core.commit(() => {
      close(row, 'cancelled')
      const notice = { blob: cancelNotice(invite.initialRV), deleteHash: primitives.sha256(random(32)) }
      exchanges.publishSeries(invite.relays, row.id, invite.initialRV, notice, 0)
    })
    return changed(id)
  }

  /** What an acceptor finds on the series of a cancelled invite; whoever holds the invite can open it. */
  function cancelNotice(seed: Uint8Array): Uint8Array {
    const nonce = random(24)
    return concat(nonce, primitives.secretbox.seal(noticeKey(seed), nonce, pad(cancelled, noticeBytes - 40)))
  }
  const noticeKey = (seed: Uint8Array) => primitives.hkdf(seed, utf8('cairn/1 cancelled'), 32)

  function isCancelNotice(seed: Uint8Array, blob: Uint8Array): boolean {
    try {
      primitives.secretbox.open(noticeKey(seed), blob.subarray(0, 24), blob.subarray(24))
      return true
    } catch {
      return false // anything else that lies there
    }
  }

  /** Refused by name before anything is sent. */
  function check(invite: Invite): Contact | null {
    const contact = stores.contacts.byId(invite.identity.id)
    if (invite.identity.id === core.identity().id) throw new CairnError('invite.own')
    if (invite.expires <= core.now()) throw new CairnError('invite.expired')
    if (invite.for !== undefined && invite.for !== core.identity().id) throw new CairnError('invite.for-somebody-else')
    if (stores.contacts.isBlocked(invite.identity.id)) throw new CairnError('invite.blocked')
    if (exchanges.underWay(primitives.sha256(invite.bytes))) throw new CairnError('invite.already-connecting')
    return contact
  }

  function preview(bytes: Uint8Array): InvitePreview {
    const invite = decodeInvite(primitives, bytes)
    const contact = check(invite)
    const { id, nick } = invite.identity
    const sameName = stores.contacts
      .all()
      .some((other) => other.id !== id && other.state === 'open' && [other.name, other.label].includes(nick))
    const relation = contact?.state === 'open' ? 'known' : sameName ? 'same-name-other-keys' : 'new'
    return { kind: 'full', text: armorInvite(primitives, bytes), id, name: nick, relays: invite.relays, expires: invite.expires, relation }
  }

  function inspect(text: string): InvitePreview {
    const parsed = parseInviteText(primitives, text)
    return parsed.kind === 'short' ? { kind: 'short', relay: parsed.relay } : preview(parsed.bytes)
  }

  /** Errors: `relay.unreachable`, `invite.not-found`, `invite.used` (taken back), and those of `inspect`. */
  async function fetch(text: string): Promise<InvitePreview> {
    const parsed = parseInviteText(primitives, text)
    if (parsed.kind === 'armored') return preview(parsed.bytes)
    const found = await reader.read(parsed.relay, shortInviteKeys(primitives, parsed.K).seed)
    let failure: CairnError | null = null
    for (const { blob } of found) {
      if (!blob) continue
      try {
        return preview(openShortInvite(primitives, parsed.K, blob).invite)
      } catch (error) {
        if (!(error instanceof CairnError)) throw error
        failure = error // somebody else's blob may lie before the right one
      }
    }
    if (failure) throw failure
    throw new CairnError(found.some(({ status }) => status === 'consumed') ? 'invite.used' : 'invite.not-found')
  }

  async function accept(text: string): Promise<Contact> {
    const parsed = parseInviteText(primitives, text)
    if (parsed.kind === 'short') throw new CairnError('invite.damaged')
    const invite = decodeInvite(primitives, parsed.bytes)
    check(invite)
    await refuseAnswered(invite)
    check(invite) // the world may have moved on while the relay was asked
    return exchanges.accept(invite, 'first', 'you')
  }

  /** A single-use invite that was answered or cancelled says so at its relay. Offline, the answer waits and this is not known. */
  async function refuseAnswered(invite: Invite): Promise<void> {
    const relay = invite.relays[0]
    if (relay === undefined || invite.uses !== 'one') return
    const found = await reader.read(relay, invite.initialRV).catch((error: unknown) => {
      if (error instanceof CairnError && error.family === 'Transport') return []
      throw error
    })
    if (found.some(({ blob }) => blob && isCancelNotice(invite.initialRV, blob))) throw new CairnError('invite.cancelled')
    if (found.some(({ status }) => status !== 'empty')) throw new CairnError('invite.used')
  }

  /** What can be answered no more is read no more, and forgotten a month later. */
  function expire(): void {
    for (const row of stores.exchanges.invites(['one', 'reset'])) {
      const over = row.state !== 'open' || row.expires <= core.now()
      if (!over) continue
      series.stop(row.id)
      const answered = stores.exchanges.ofInvite(row.id).length > 0
      if (!answered && (row.kind === 'reset' || row.expires + remembered <= core.now())) forget(row)
    }
  }

  function forget(row: InviteRow): void {
    core.commit(() => {
      stores.outbox.dropPublicationsOf(row.id)
      stores.exchanges.removeInvite(row.id)
      core.later(() => series.stop(row.id))
    })
  }

  return {
    create,
    cancel,
    inspect,
    fetch,
    accept,
    close,
    changed,
    onStored,
    forget,
    expire,
    list: () =>
      stores.exchanges
        .invites(['one'])
        .filter((row) => row.state === 'open')
        .map(model),
    resume: () =>
      stores.exchanges
        .invites(['one', 'reset'])
        .filter((row) => row.state === 'open' && row.expires > core.now())
        .forEach(listen),
  }
}

const cancelled = utf8('cancelled')

/** Letters and digits of any script; what file systems dislike becomes a dash. */
const fileName = (name: string): string => name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '') || 'invite'
