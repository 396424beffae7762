/**
 * The whole app, without a host: `createApp(ports)`. Phases are *first-start*, *locked* and *open*; everything a person can
 * do is a method of the contract.
 */
import type { AppEvent } from '#shared/contract/events.ts'
import type { Handlers, Parsed, ProfilesMethod } from '#shared/contract/contract.ts'
import type { AppState, ShownProxy } from '#shared/contract/appModels.ts'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { parseProxyAddress } from '#shared/wire/proxyAddress.ts'
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import type { App } from './appTypes.ts'
import { createDispatcher } from './dispatcher.ts'
import { createDownloads } from './downloads.ts'
import { createIdleLock } from './idleLock.ts'
import { createLocalRelayControl } from './localRelayControl.ts'
import { createPassphraseChange } from './passphrase.ts'
import type { Ports, ProxySettings } from './ports.ts'
import { createProfileTransfer } from './profileTransfer.ts'
import { encodeIdentitySecrets, generateIdentity, parseNick } from './protocol/identity.ts'
import { groupsHandlers } from './services/groups/handlers.ts'
import { introductionsHandlers } from './services/introductions/handlers.ts'
import { conversationsHandlers } from './services/messages/handlers.ts'
import { accountHandlers, codesHandlers } from './services/account/handlers.ts'
import { fetchBackup, putFetched } from './services/account/restore.ts'
import { createStores } from './services/core.ts'
import { desktopHandlers } from './services/desktop.ts'
import { filesHandlers } from './services/files/handlers.ts'
import { openProfile, type Profile } from './services/profile.ts'
import { readProxy, shownProxy, writeLan, writeProxy } from './services/settings.ts'
import { createThrottle } from './services/throttle.ts'
import type { Database } from './storage/database.ts'
import { createKeystore, keystoreExists, keystoreUnlock, openKeystore } from './storage/keystore.ts'
import { createOneByOne } from './oneByOne.ts'

export function createApp(ports: Ports): App {
  const listeners = new Set<(event: AppEvent) => void>()
  const send = (event: AppEvent) => listeners.forEach((listener) => listener(event))
  const throttle = createThrottle(ports.clock)
  let profile: Profile | null = null
  let database: Database | null = null
  const local = createLocalRelayControl(ports)
  /** Whether a new profile could be opened by the keychain; asked when somebody looks. */
  let keychain = false
  /** Chosen before the first start; the new profile keeps it. */
  let proxy: ProxySettings | null = null
  /** Unlocking and creating take a while; a second call meanwhile waits its turn. */
  const inTurn = createOneByOne()

  function state(): AppState {
    const identity = profile?.core.identity()
    return {
      phase: profile ? 'open' : keystoreExists(ports.profileDir) ? 'locked' : 'first-start',
      version: ports.version,
      profile: identity ? { id: identity.id, name: identity.nick } : null,
      unlock: keystoreUnlock(ports.profileDir, ports),
      capabilities: { host: ports.host, localRelay: ports.localRelay !== null, keychain, desktop: ports.desktop !== null },
    }
  }

  const idle = createIdleLock(ports, () => inTurn(lock))
  const changePassphrase = createPassphraseChange(ports, throttle)

  const changed = (): AppState => {
    const now = state()
    send({ type: 'app', state: now })
    return now
  }

  const opened = (): Profile => {
    if (!profile) throw new CairnError('profile.locked')
    return profile
  }

  const downloads = createDownloads(ports)
  const openedWithDb = () => {
    const open = opened()
    if (!database) throw new CairnError('profile.locked')
    return { profile: open, db: database }
  }
  const transfer = createProfileTransfer({ ports, throttle, downloads, opened: openedWithDb })

  const keystoreOptions = (passphrase: string | null) => {
    const { kdf, primitives, random, profileDir, keyVault } = ports
    return { dir: profileDir, passphrase, kdf, primitives, random, keyVault }
  }

  async function create({ name, passphrase, relay }: Parsed<'profile.create'>): Promise<AppState> {
    if (keystoreExists(ports.profileDir)) throw new CairnError('keystore.exists')
    const nick = parseNick(name)
    const addresses = await addressesOf(relay)
    const now = ports.clock.now()
    const identity = generateIdentity({ primitives: ports.primitives, random: ports.random, now }, nick)
    const fill = (db: Database) =>
      db.transaction(() => {
        const stores = createStores(db)
        stores.profile.setMeta('identity', encodeIdentitySecrets(identity))
        for (const address of addresses) stores.profile.addRelay(address, relay.kind === 'local', now)
        writeProxy(stores, proxy)
        if (relay.kind === 'lan') writeLan(stores, true)
      })
    const db = await createKeystore({ ...keystoreOptions(passphrase), fill })
    return open(db)
  }

  async function addressesOf(relay: Parsed<'profile.create'>['relay']): Promise<string[]> {
    if (relay.kind === 'local') return local.start('computer')
    if (relay.kind === 'address') return [normalizeRelayAddress(relay.address)]
    if (ports.lan === null) throw new CairnError('lan.off')
    return []
  }

  /** What takes long comes first and leaves nothing behind; the rest is as a first start. */
  async function restore({ passphrase, ...wish }: Parsed<'profile.restore'>): Promise<AppState> {
    if (keystoreExists(ports.profileDir)) throw new CairnError('keystore.exists')
    const fetched = await fetchBackup(ports, wish)
    const fill = (db: Database) =>
      db.transaction(() => {
        const stores = createStores(db)
        putFetched(ports, stores, fetched, ports.clock.now())
        writeProxy(stores, proxy)
      })
    return inTurn(async () => open(await createKeystore({ ...keystoreOptions(passphrase), fill })))
  }

  async function unlock({ passphrase }: Parsed<'profile.unlock'>): Promise<AppState> {
    if (profile) return state()
    throttle.check()
    try {
      const db = await openKeystore(keystoreOptions(passphrase))
      throttle.clear()
      return await goOn(db)
    } catch (error) {
      if (!isCairnError(error, 'keystore.wrong-passphrase')) throw error
      throw new CairnError('keystore.wrong-passphrase', { cause: error, details: { seconds: throttle.failed() } })
    }
  }

  async function goOn(db: Database): Promise<AppState> {
    try {
      ports.transport.useProxy(readProxy(createStores(db))) // before anything is connected
      await local.follow(db)
    } catch (error) {
      db.close()
      throw error
    }
    return open(db)
  }

  /** Locked, the profile's own choice is not known and must not be gone around. */
  function setProxy(chosen: Parsed<'network.setProxy'>['proxy']): ShownProxy | null {
    const wanted = chosen && { ...parseProxyAddress(chosen.address), credentials: chosen.credentials }
    if (profile) return profile.settings.setProxy(wanted).proxy
    if (keystoreExists(ports.profileDir)) throw new CairnError('profile.locked')
    ports.transport.useProxy(wanted)
    proxy = wanted
    return shownProxy(wanted)
  }

  function open(db: Database): AppState {
    try {
      profile = openProfile(ports, db, local, send)
      database = db
      profile.start()
      idle.begin(profile.settings.get().lockAfter)
    } catch (error) {
      if (profile) void profile.close()
      else db.close()
      profile = null
      throw error
    }
    return changed()
  }

  async function shut(): Promise<void> {
    downloads.clear()
    const closing = profile?.close()
    profile = null
    database = null
    await closing
  }

  async function lock(): Promise<AppState> {
    idle.end()
    await shut()
    await local.stop()
    return changed()
  }

  const conversationOf = (id: string) => opened().conversations.model(opened().conversations.byId(id))

  const handlers: Omit<Handlers, ProfilesMethod> = {
    'app.state': async () => {
      keychain = (await ports.keyVault?.available()) ?? false
      return state()
    },
    'profile.create': (input) => inTurn(() => create(input)),
    'profile.restore': restore,
    'profile.unlock': (input) => inTurn(() => unlock(input)),
    'profile.lock': () => inTurn(lock),
    'profile.rename': ({ name }) => {
      opened().rename(parseNick(name))
      return changed()
    },
    'profile.changePassphrase': (input) => {
      opened()
      return inTurn(() => changePassphrase(input))
    },
    'profile.export': (input) => {
      opened()
      return inTurn(() => transfer.exportProfile(input))
    },
    'import.finish': (input) => inTurn(async () => goOn(await transfer.finish(input))),
    ...transfer.handlers,
    'profile.active': () => {
      idle.active()
      return null
    },
    'settings.get': () => opened().settings.get(),
    'settings.set': (changes) => {
      const settings = opened().settings.set(changes)
      idle.begin(settings.lockAfter)
      return settings
    },
    'network.state': () => opened().links.network(),
    'network.checkRelay': async ({ address }) => {
      const normal = normalizeRelayAddress(address)
      return { ...(await ports.transport.check(normal)), address: normal }
    },
    'network.retry': () => {
      opened().links.retry()
      opened().signalling.retry()
      return opened().links.network()
    },
    'network.setProxy': ({ proxy: chosen }) => setProxy(chosen),
    'lan.state': () => opened().lan.state(),
    'lan.set': (wanted) => opened().lan.set(wanted),
    'lan.connect': ({ address }) => opened().lan.connect(address),
    'relays.setReach': ({ reach }) => opened().relays.setReach(reach),
    'relays.add': ({ relay }) => opened().relays.add(relay),
    'relays.move': ({ from, to }) => opened().relays.move(from, to),
    'relays.leave': ({ address }) => opened().relays.leave(address),
    'relays.forget': ({ address }) => opened().relays.forget(address),
    'invites.create': (wish) => opened().invites.create(wish),
    'invites.list': () => opened().invites.list(),
    'invites.cancel': ({ id }) => opened().invites.cancel(id),
    'invites.inspect': ({ text }) => opened().foreignInvites.inspect(text),
    'invites.fetch': ({ text }) => {
      const { core, foreignInvites } = opened()
      return core.untilClosed(foreignInvites.fetch(text))
    },
    'invites.accept': async ({ text }) => {
      const { core, foreignInvites, conversations } = opened()
      return conversations.model(await core.untilClosed(foreignInvites.accept(text)))
    },
    'requests.list': () => opened().requests.list(),
    'requests.accept': ({ id }) => {
      const { requests, conversations } = opened()
      return conversations.model(requests.accept(id))
    },
    'requests.decline': ({ id }) => {
      opened().requests.decline(id)
      return null
    },
    'requests.block': ({ id }) => {
      opened().requests.block(id)
      return null
    },
    ...accountHandlers(opened),
    ...codesHandlers(opened),
    'exchanges.allowRelay': ({ contactId, allow }) => {
      const { conversations, exchanges } = opened()
      const contact = conversations.byId(contactId)
      const before = conversations.model(contact)
      exchanges.allowRelay(contact, allow)
      return allow ? conversationOf(contactId) : before
    },
    'exchanges.cancel': ({ contactId }) => {
      const { conversations, exchanges, invites } = opened()
      const invite = exchanges.cancel(conversations.byId(contactId))
      if (invite !== null) invites.cancel(invite)
      return null
    },
    ...conversationsHandlers(opened),
    ...groupsHandlers(opened),
    ...introductionsHandlers(opened),
    'search.messages': (input) => opened().search.messages(input),
    ...filesHandlers(opened),
    'contacts.details': ({ id }) => opened().contacts.details(id),
    'contacts.verify': ({ id, verified }) => opened().contacts.verify(id, verified),
    'contacts.compare': ({ id, code }) => opened().contacts.compare(id, code),
    'contacts.block': ({ id, blocked }) => opened().contacts.block(id, blocked),
    'contacts.rename': ({ id, label }) => opened().contacts.rename(id, label),
    'contacts.mute': ({ id, time }) => opened().contacts.mute(id, time),
    'contacts.remove': ({ id, block }) => {
      opened().removal.remove(id, block)
      return null
    },
    'contacts.blocked': () => opened().contacts.blocked(),
    'contacts.unblock': ({ id }) => opened().contacts.unblock(id),
    'sessions.reset': ({ id }) => {
      opened().resets.request(opened().conversations.byId(id), 'you')
      return conversationOf(id)
    },
    'sessions.cancelReset': ({ id }) => {
      const contact = opened().conversations.byId(id)
      opened().resets.cancel(contact)
      opened().resetAll.leave(contact.no)
      return conversationOf(id)
    },
    'sessions.resetAll': () => opened().resetAll.start(),
    'sessions.resetAllState': () => opened().resetAll.state(),
    'sessions.endResetAll': () => {
      opened().resetAll.end()
      return null
    },
    ...desktopHandlers(ports.desktop),
  }
  ports.desktop?.onOpened(() => send({ type: 'opened' }))

  return {
    call: createDispatcher(handlers, ports),
    file: (id, part) => profile?.files.open(id, part) ?? null,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    download: (token) => downloads.take(token),
    async close() {
      await inTurn(async () => {
        idle.end()
        await shut()
        await transfer.close()
        await local.stop()
      })
    },
  }
}
