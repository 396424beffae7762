import type { Answer, AppEvent } from '#shared/contract/events.ts'
import type { Input, Method } from '#shared/contract/contract.ts'
import type { Appearance, DesktopChange, DesktopSettings, Settings } from '#shared/contract/appModels.ts'
import type { InvitePreview } from '#shared/contract/inviteModels.ts'
import { CairnError } from '#shared/errors.ts'
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import { accountAnswers } from './fakeAccount.ts'
import { groupAnswers } from './fakeGroups.ts'
import { introductionAnswers } from './fakeIntroductions.ts'
import { pageOf, searchIn } from './fakeItems.ts'
import type { FakeState } from './fakeModel.ts'
import { person } from './fakeState.ts'
import { plainText } from './plainText.ts'
import { talkAnswers } from './fakeTalk.ts'
import type { Bridge, BridgeListener, Link } from '../../src-renderer/bridge.ts'

type Answers = Partial<Record<Method, (input: never) => unknown>>

export interface FakeBridge extends Bridge {
  state: FakeState
  /** Every call in order, as a record of what the UI asked. */
  calls: { method: string; input: unknown }[]
  /** Replaces the answer of a method; a thrown `CairnError` becomes an error answer, a pending promise keeps the UI waiting. */
  answers: Answers
  emit(event: AppEvent): void
  link(link: Link): void
}

/** A bridge over scripted state: answers every method plausibly and tells nobody else. */
export function createFakeBridge(state: FakeState, answers: Answers = {}): FakeBridge {
  const listeners = new Set<BridgeListener>()
  const find = (id: string) => state.conversations.find((one) => one.id === id)
  const emit = (event: AppEvent) => listeners.forEach((listener) => listener.event(event))

  const standard: Record<string, (input: never) => unknown> = {
    ...accountAnswers(state, emit),
    ...groupAnswers(state, emit),
    ...introductionAnswers(state, emit),
    ...talkAnswers(state, emit, { person, plainText }),
    'app.state': () => state.app,
    'profile.restore': () => (state.app = { ...state.app, phase: 'open', profile: { id: 'me'.repeat(32), name: 'Jonas Reuter' } }),
    'profile.unlock': () => (state.app = { ...state.app, phase: 'open', profile: { id: 'me'.repeat(32), name: 'Jonas Reuter' } }),
    'profile.create': ({ name }: { name: string }) => (state.app = { ...state.app, phase: 'open', profile: { id: 'me'.repeat(32), name } }),
    'profile.lock': () => (state.app = { ...state.app, phase: 'locked', profile: null }),
    'profile.rename': ({ name }: { name: string }) => (state.app = { ...state.app, profile: { id: 'me'.repeat(32), name } }),
    'profile.changePassphrase': () => null,
    'profile.active': () => null,
    'profiles.list': () => state.profiles,
    'profiles.create': ({ label }: { label: string }) => {
      state.profiles = [...state.profiles.map((one) => ({ ...one, current: false })), { id: '00'.repeat(8), label, current: true }]
      return (state.app = { ...state.app, phase: 'first-start', profile: null })
    },
    'profiles.switch': ({ id }: { id: string }) => {
      state.profiles = state.profiles.map((one) => ({ ...one, current: one.id === id }))
      return (state.app = { ...state.app, phase: 'locked', profile: null })
    },
    'profiles.rename': ({ id, label }: { id: string; label: string }) =>
      (state.profiles = state.profiles.map((one) => (one.id === id ? { ...one, label } : one))),
    'profiles.remove': ({ id }: { id: string }) => {
      state.profiles = state.profiles.filter((one) => one.id !== id)
      return state.app
    },
    'appearance.get': () => state.appearance,
    'appearance.set': (changes: Partial<Appearance>) => (state.appearance = { ...state.appearance, ...changes }),
    'profile.storage': () => ({ database: 34_500_000, files: 1_260_000_000 }),
    'profile.export': () => ({ path: '/export/none', name: 'Cairn Jonas Reuter 2026-06-04.cairn-profile' }),
    'conversations.export': () => ({ path: '/export/none', name: 'Cairn Mira 2026-06-04.html' }),
    'import.begin': () => ({ id: '00'.repeat(16) }),
    'import.append': ({ offset, data }: { offset: number; data: string }) => ({ received: offset + atob(data).length }),
    'import.cancel': () => null,
    'import.finish': () => (state.app = { ...state.app, phase: 'open', profile: { id: 'me'.repeat(32), name: 'Jonas Reuter' } }),
    'settings.get': () => state.settings,
    'settings.set': (changes: Partial<Settings>) => (state.settings = { ...state.settings, ...changes }),
    'sessions.resetAllState': () => state.resetAll,
    'sessions.resetAll': () =>
      (state.resetAll = {
        begun: Date.now(),
        total: state.conversations.length,
        done: 0,
        waiting: state.conversations.map(({ name }) => name),
      }),
    'sessions.endResetAll': () => (state.resetAll = null),
    'contacts.rename': ({ id, label }: { id: string; label: string }) => ({ ...find(id), name: label || find(id)?.ownName }),
    'contacts.mute': ({ id, time }: { id: string; time: string }) => ({
      ...find(id),
      mutedUntil: time === 'off' ? null : Number.MAX_SAFE_INTEGER,
    }),
    'contacts.remove': ({ id }: { id: string }) => {
      state.conversations = state.conversations.filter((one) => one.id !== id)
      emit({ type: 'conversationRemoved', id })
      return null
    },
    'contacts.blocked': () => state.blocked,
    'contacts.unblock': ({ id }: { id: string }) => (state.blocked = state.blocked.filter((one) => one.id !== id)),
    'conversations.returnHistory': ({ id }: { id: string }) => ({ ...find(id), question: null }),
    'network.setProxy': ({ proxy }: { proxy: { address: string } | null }) =>
      (state.settings.proxy = proxy && { address: proxy.address, username: null }),
    'relays.setReach': () => state.network,
    'relays.leave': () => state.network,
    'relays.forget': () => state.network,
    'relays.add': () => state.network,
    'relays.move': () => state.network,
    'lan.state': () => state.lan,
    'lan.set': ({ on, announced = state.lan.announced }: Input<'lan.set'>) =>
      (state.lan = { ...state.lan, on, announced, port: on ? 6711 : null, addresses: on ? ['192.168.1.20:6711'] : [] }),
    'lan.connect': () => state.lan,
    'network.state': () => state.network,
    'network.retry': () => state.network,
    'network.checkRelay': ({ address }: { address: string }) => ({ ms: 84, address: normalizeRelayAddress(address) }),
    'conversations.list': ({ newest = Infinity }: { newest?: number }) =>
      state.conversations.toSorted((a, b) => b.activity - a.activity).slice(0, newest),
    'conversations.items': (which: Input<'conversations.items'>) => pageOf(state.items[which.id] ?? [], which),
    'search.messages': (wanted: Input<'search.messages'>) => searchIn(state.items, wanted),
    'conversations.markRead': () => null,
    'conversations.setDraft': () => null,
    'contacts.details': ({ id }: { id: string }) => state.details[id],
    'contacts.verify': ({ id, verified }: { id: string; verified: boolean }) => ({
      ...state.details[id],
      verified: verified ? 'yes' : 'no',
      verifiedAt: verified ? Date.now() : null,
    }),
    'contacts.block': ({ id, blocked }: { id: string; blocked: boolean }) => ({ ...state.details[id], blocked }),
    'sessions.reset': ({ id }: { id: string }) => ({ ...find(id), trouble: { kind: 'resetting', since: Date.now(), by: 'you' } }),
    'sessions.cancelReset': ({ id }: { id: string }) => ({ ...find(id), trouble: null }),
    'exchanges.allowRelay': ({ contactId }: { contactId: string }) => ({
      ...find(contactId),
      exchange: { ...find(contactId)?.exchange, askRelay: null },
    }),
    'exchanges.cancel': () => null,
    'contacts.compare': ({ id }: { id: string }) => ({ ...state.details[id], verified: 'yes', verifiedAt: Date.now() }),
    'requests.list': () => state.requests,
    'requests.accept': () => state.conversations[0],
    'requests.decline': () => null,
    'requests.block': () => null,
    'invites.list': () => state.invites,
    'invites.create': ({ label }: { label: string }) => ({ ...state.invites[0], label }),
    'invites.cancel': ({ id }: { id: string }) => ({ ...state.invites.find((invite) => invite.id === id), state: 'cancelled' }),
    'invites.inspect': (): InvitePreview => ({ kind: 'short', relay: 'wss://relay.kestrel.example:7443' }),
    'invites.fetch': () => {
      throw new CairnError('invite.not-found')
    },
    'invites.accept': () => state.conversations[0],
    'desktop.settings': () => state.desktop,
    'desktop.change': (wanted: DesktopChange) => (state.desktop = { ...state.desktop, ...wanted } as DesktopSettings),
    'desktop.take': () => {
      const opened = state.opened
      state.opened = null
      return opened
    },
  }
  const fake: FakeBridge = {
    state,
    calls: [],
    answers,
    async call(method, input): Promise<Answer<unknown>> {
      fake.calls.push({ method, input })
      try {
        const answer = fake.answers[method as Method] ?? standard[method]
        if (!answer) throw new CairnError('method.unknown')
        return { ok: true, value: structuredClone(await answer(structuredClone(input) as never)) }
      } catch (error) {
        if (!(error instanceof CairnError)) throw error
        return { ok: false, error: { code: error.code, details: error.details } }
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      queueMicrotask(() => listener.link('up'))
      return () => listeners.delete(listener)
    },
    emit,
    link: (link) => listeners.forEach((listener) => listener.link(link)),
  }
  return fake
}
