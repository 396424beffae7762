/** An open profile: every service, put together, and the few things that concern all of them. */
import type { AppEvent } from '#shared/contract/events.ts'
import { idOfLanPlace } from '#shared/wire/lanPlace.ts'
import type { Ports } from '../ports.ts'
import { decodeIdentitySecrets, renameIdentity } from '../protocol/identity.ts'
import type { Database } from '../storage/database.ts'
import type { PublicationRow } from '../storage/outboxStore.ts'
import { createAccount } from './account/account.ts'
import { createCodes } from './account/codes.ts'
import { createDirectoryApi } from './account/directoryApi.ts'
import { createSealedApi } from './account/sealedApi.ts'
import { createSignalling } from './account/signalling.ts'
import { createTurns } from './account/turns.ts'
import { createArrivals } from './arrivals.ts'
import { createConfirmation } from './confirmation.ts'
import { createContacts } from './contacts.ts'
import { createConversations } from './conversations.ts'
import { createCore, createStores } from './core.ts'
import { createFiles } from './files/files.ts'
import { createForeignInvites } from './foreignInvites.ts'
import { createGroups } from './groups/groups.ts'
import { createHealth } from './health.ts'
import { createInbox } from './inbox.ts'
import { createIntroductions } from './introductions/introductions.ts'
import { createInvites } from './invites.ts'
import { createKeyExchanges } from './keyExchanges.ts'
import { createLan } from './lan/lan.ts'
import { createLinks } from './links.ts'
import { createMessages } from './messages/messages.ts'
import { createOutbox } from './outbox.ts'
import { createPublisher } from './publisher.ts'
import { createReader } from './reader.ts'
import { createReceipts } from './receipts.ts'
import { createRequests } from './requests.ts'
import { createRelays, type LocalRelayControl } from './relays.ts'
import { createRemoval } from './removal.ts'
import { createResetAll } from './resetAll.ts'
import { createResets } from './resets.ts'
import { createSearch } from './search.ts'
import { createSeries } from './series.ts'
import { createSessions } from './sessions.ts'
import { createSettings } from './settings.ts'
import { createSlices } from './slices.ts'
import { createSync } from './sync.ts'
import { createTelling } from './telling.ts'
import { createWatches } from './watches.ts'

/** With so many the window has the program to itself until its list is there: taking everybody up takes seconds. */
const manyContacts = 100
const windowFirst = 700
const housekeepingEvery = 10 * 60_000
const attemptsRemembered = 30 * 24 * 3600_000
const requestsRemembered = 120 * 24 * 3600_000

export type Profile = ReturnType<typeof openProfile>

/** Errors: `keystore.damaged` where the identity cannot be read. */
export function openProfile(ports: Ports, db: Database, local: LocalRelayControl, send: (event: AppEvent) => void) {
  const identity = decodeIdentitySecrets(ports.primitives, createStores(db).profile.meta('identity') ?? new Uint8Array())
  const core = createCore(ports, db, identity, send)
  const { stores } = core

  const links = createLinks(
    core,
    { onBlob: (...blob) => arrivals.onBlob(...blob), onStatus: (...status) => arrivals.onStatus(...status), onConnected, onLost },
    { local: local.address, lan: () => lan.place() },
  )
  const slices = createSlices(core)
  const watches = createWatches(core, links)
  const series = createSeries(core, links, watches)
  const reader = createReader(core, links, watches)
  const sessions = createSessions(core, links, watches)
  const publisher = createPublisher(core, links, { onStored, onConflict: (row) => health.onConflict(row) })
  const settings = createSettings(core)
  const receipts = createReceipts(core, settings, (contact) => slices.add(() => outbox.sendReceipt(contact)))
  const outbox = createOutbox(core, { links, publisher, sessions, receipts })
  const conversations = createConversations(core)
  const search = createSearch(core, { conversations })
  const files = createFiles(core, { conversations, links, publisher, settings, watches })
  const messages = createMessages(core, {
    ...{ conversations, files, outbox, receipts, settings },
    wanted: (from, group) => groups.wanted(from, group),
    waits: (group) => groups.waits(group),
  })
  const sync = createSync(core, { files, outbox, settings, onChanged: conversations.changed })
  const exchanges = createKeyExchanges(
    core,
    { links, publisher, series, sessions },
    {
      onConfirmed: (...confirmed) => onConfirmed(...confirmed),
      onChanged: onExchangeChanged,
      onRequest: (...answer) => requests.onRequest(...answer),
    },
  )
  const requests = createRequests(core, { links, exchanges, touch })
  const resets = createResets(core, { links, publisher, series, exchanges }, { onChanged: conversations.changed })
  const health = createHealth(core, { links, watches, publisher, sessions, outbox, receipts, resets, inSlice: slices.add })
  const invites = createInvites(core, { links, publisher, series, exchanges })
  const foreignInvites = createForeignInvites(core, { reader, exchanges })
  const introductions = createIntroductions(core, {
    ...{ conversations, exchanges, foreignInvites, invites, outbox, sessions },
    hearers: (group) => groups.hearers(group),
  })
  const groups = createGroups(core, { conversations, files, introductions, outbox, onCopy: messages.passed, touch })
  groups.onHead(({ no, id }) => {
    messages.groupChanged(no)
    introductions.groupChanged(id)
  })
  groups.onAgreed((member, { no }) => messages.agreed(member, no))
  const inbox = createInbox(core, {
    ...{ links, publisher, sessions, receipts, exchanges, outbox, health, conversations, messages, sync, introductions, groups },
  })
  const resetAll = createResetAll(core, resets)
  const contacts = createContacts(core, { conversations, exchanges, files, health, links, outbox, resets, resetAll, sessions, touch })
  const removal = createRemoval(core, {
    conversations,
    exchanges,
    files,
    health,
    introductions,
    invites,
    requests,
    resets,
    resetAll,
    sessions,
    retain,
    touch,
  })
  const telling = createTelling(core, { conversations, links, outbox })
  const relays = createRelays(core, { links, settings, local, tellEverybody: telling.everybody, watchAnew, touch })

  const lan = createLan(core, { links, settings, onPlaces: watchAnew })
  const arrivals = createArrivals({ watches, slices, sessions, series, exchanges, files, health, inbox, reader, resets })
  const onConfirmed = createConfirmation(core, {
    ...{ conversations, exchanges, groups, health, introductions, invites, messages },
    ...{ outbox, resetAll, resets, series, sessions, sync, telling, touch },
  })

  const api = createSealedApi(ports, {
    get: stores.account.device,
    put: (device) => core.commit(() => stores.account.putDevice(device)),
    remove: (address) => core.commit(() => stores.account.removeDevice(address)),
  })
  const directory = createDirectoryApi(ports, api)
  const turns = createTurns(core)
  const signalling = createSignalling(core, {
    next: (...about) => codes.next(...about),
    stored: (sent) => codes.stored(sent),
    refused: (...about) => codes.refused(...about),
    onFrame: (...came) => codes.onFrame(...came),
    onUnreadable: () => codes.onUnreadable(),
    onState: (relay) => stores.account.own()?.relay === relay && account.changed(),
  })
  const codes = createCodes(core, { api, directory, signalling, invites, foreignInvites, turns })
  const account = createAccount(core, { api, directory, signalling, turns, onLeft: codes.changed, onAdopted })

  /** Everybody is being taken up: what asks relays about each of them may begin. */
  let isTakenUp = false

  function onConnected(relay: string): void {
    sessions.reconsider(relay)
    series.reconsider(relay)
    publisher.rescan(relay)
    publisher.review(relay)
    files.onConnected(relay)
    const person = idOfLanPlace(relay)
    if (person !== null) outbox.offerOnLan(person)
    if (isTakenUp) health.onConnected(relay)
  }

  function onLost(relay: string): void {
    const contact = stores.contacts.byId(idOfLanPlace(relay) ?? '')
    if (contact) outbox.fallBack(contact)
  }

  /** Where this person is met is another now. */
  function watchAnew(): void {
    links.listening().forEach(links.get)
    series.refreshAll()
    sessions.watchAll()
    retain()
  }

  /** Something that a backup holds is another now. In the caller's transaction. */
  function touch(): void {
    core.later(() => account.touch())
  }

  /** People whom an older copy of this profile did not know: each session is made anew. */
  function onAdopted(): void {
    for (const contact of stores.contacts.all()) conversations.changed(contact.no)
    for (const group of stores.groups.all()) conversations.changed(group.contact)
    resetAll.goOn()
    retain()
  }

  /** In the publisher's transaction. What a receipt will name is kept until then, to be sent again if the relay loses it. */
  function onStored(row: PublicationRow): void {
    if (row.kind === 'chain' && row.message === null) return stores.outbox.dropPublication(row.id)
    stores.outbox.setStored(row.id, core.now())
    if (row.kind === 'series') return invites.onStored(row)
    const message = row.message === null ? null : stores.outbox.get(row.message)
    if (message) messages.texts.stored(message.contact, message.id)
  }

  function onExchangeChanged(contactNo: number, invite: string | null): void {
    conversations.changed(contactNo)
    if (stores.contacts.byNo(contactNo)?.state === 'connecting') lan.expect()
    if (invite !== null && stores.exchanges.invite(invite)?.kind === 'one') invites.changed(invite)
  }

  function housekeeping(): void {
    core.after(housekeepingEvery, housekeeping)
    exchanges.expire()
    requests.expire()
    invites.expire()
    relays.expire()
    account.touch()
    codes.expire()
    messages.housekeeping()
    introductions.housekeeping()
    groups.housekeeping()
    files.housekeeping()
    stores.outbox.dropAcksOutside(links.listening())
    retain()
    stores.outbox.relaysWithWork().forEach(publisher.review)
    core.commit(() => {
      for (const live of sessions.all()) sessions.prune(live)
      stores.sessions.forgetRequests(core.now() - requestsRemembered)
      stores.sessions.forgetResetAttempts(core.now() - attemptsRemembered)
    })
  }

  /** Closes connections that nobody needs any more. */
  function retain(): void {
    const ofContacts = stores.contacts
      .all()
      .filter((contact) => contact.state === 'open' && contact.blocked_at === null)
      .flatMap((contact) => contact.relays)
    links.retain(new Set([...links.listening(), ...lan.here(), ...ofContacts, ...stores.outbox.relaysWithWork(), ...files.relays()]))
  }

  /** Watches everything, connects everywhere, and goes on where the last run stopped. */
  function start(): void {
    messages.disappearing.sweep() // before anything is shown
    links.listening().forEach(links.get)
    lan.start()
    signalling.follow()
    search.start()
    if (stores.contacts.count() <= manyContacts) core.inSlices(goOn())
    else core.after(windowFirst, () => core.inSlices(goOn()))
  }

  /** Contact by contact, those one talks with most recently first, so that a person with many need not wait for the last one. */
  function* goOn(): Generator<void> {
    isTakenUp = true
    health.checkAll()
    exchanges.resume()
    invites.resume()
    publisher.pumpAll()
    files.start()
    yield
    for (const { no } of stores.contacts.all().sort((a, b) => b.activity - a.activity)) {
      core.guard('profile.contact-failed', () => resume(no))
      core.guard('profile.contact-failed', () => sessions.watchContact(no))
      yield
    }
    housekeeping()
    health.start()
    contacts.resume()
    resetAll.goOn()
    account.resume()
    introductions.resume()
    groups.resume()
    inbox.readForeign()
    core.commit(() => stores.profile.dropMeta('tell-relays') && telling.everybody())
  }

  function resume(no: number): void {
    const contact = stores.contacts.byNo(no)
    if (!contact) return // removed meanwhile
    if (contact.blocked_at !== null || contact.state !== 'open') return resets.serve(contact)
    contact.relays.forEach(links.get) // what an unconfirmed answer names may be somebody else's address book
    resets.serve(contact)
    if (resetAll.isWaiting(contact.no)) return
    if (sessions.top(contact.no) === null && stores.contacts.keys(contact.no).length > 0) resets.broken(contact.no, 'damaged')
    else if (contact.trouble !== null) resets.automatically(contact.no)
  }

  function rename(name: string): void {
    core.commit(() => {
      core.setIdentity(renameIdentity(core.context(), core.identity(), name))
      telling.everybody()
      touch()
    })
  }

  /** Resolves when this person is met on its network no more. */
  async function close(): Promise<void> {
    const leaving = lan.close()
    links.close()
    files.close()
    signalling.close()
    core.close()
    await leaving
  }

  return {
    ...{ core, links, invites, foreignInvites, requests, conversations, contacts, exchanges, relays, removal, resets, resetAll },
    ...{ account, codes, files, groups, introductions, lan, messages, search, signalling, settings, sync, start, rename, close },
  }
}
