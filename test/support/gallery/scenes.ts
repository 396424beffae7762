import type { Pinia } from 'pinia'
import { CairnError, type ErrorCode } from '#shared/errors.ts'
import type { InvitePreview } from '#shared/contract/inviteModels.ts'
import type { Item } from '#shared/contract/itemModels.ts'
import { useUi } from '../../../src-renderer/stores/ui.ts'
import type { FakeBridge } from '../fakeBridge.ts'
import { writer } from '../fakeGroups.ts'
import { introduction } from '../fakeIntroductions.ts'
import type { FakeState } from '../fakeModel.ts'
import { address, busyState, days, emptyState, fakeId, hours, invite, minutes, people, present, request, text } from '../fakeState.ts'
import { accountScenes } from './accountScenes.ts'
import { groupScenes } from './groupScenes.ts'
import { talkScenes } from './talkScenes.ts'
import { searchScenes } from './searchScenes.ts'
import { fileScenes } from './fileScenes.ts'
import { both, changed, click, dialog, fails, never, page, press, select, type Scene } from './steps.ts'

const rightClick = (selector: string) => () => {
  const event = new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: 150, clientY: 120 })
  document.querySelector(selector)?.dispatchEvent(event)
}
const muteSome = (state: FakeState) => {
  const keiko = state.conversations.find(({ id }) => id === people.keiko.id)!
  Object.assign(keiko, { mutedUntil: present + 3_600_000, name: 'Keiko from the pass' })
}
const onDesktop = (state: FakeState) => {
  state.app.capabilities = { ...state.app.capabilities, host: 'electron', desktop: true }
}
const manyProfiles = (state: FakeState) => {
  state.profiles = [
    { id: 'main', label: 'Private', current: true },
    { id: '11'.repeat(8), label: 'Work', current: false },
  ]
}
const manyRelays = (state: FakeState) => {
  const [first] = state.network.relays
  state.network.relays = [
    first!,
    {
      address: 'wss://relay.banyan.example:7443',
      own: true,
      local: false,
      until: null,
      state: 'offline',
      since: minutes(5),
      error: 'relay.unreachable',
    },
    { address: 'ws://127.0.0.1:7443', own: true, local: true, until: null, state: 'connected', since: hours(2), error: null },
    {
      address: 'wss://relay.old.example:7443',
      own: false,
      local: false,
      until: present + 21 * 86_400_000,
      state: 'offline',
      since: days(9),
      error: null,
    },
  ]
  state.network.localRelay = { address: 'ws://127.0.0.1:7443' }
}
const trouble = (id: string, kind: 'resetting' | 'no-answer') =>
  changed((state) => {
    const one = state.conversations.find((conversation) => conversation.id === id)!
    one.trouble = kind === 'resetting' ? { kind, since: minutes(1), by: 'you' } : { kind, since: days(2) }
  })
const preview = (relation: 'new' | 'known' | 'same-name-other-keys', name = 'Elin Sørensen'): InvitePreview => ({
  kind: 'full',
  text: 'armored',
  id: fakeId(name + relation),
  name,
  relays: ['wss://relay.kestrel.example:7443'],
  expires: present + 9 * 86_400_000,
  relation,
  uses: 'one',
})
const accept = dialog({ kind: 'accept', text: 'cairn1xpjc3enkxysq7m0dv5l2k8e9t', file: null })
const acceptWith = (answers: FakeBridge['answers']): Scene => ({ state: busyState, answers, then: both(select(people.mira.id), accept) })
const refused = (code: ErrorCode): Scene => acceptWith({ 'invites.inspect': fails(code) })
const opened = (invites: FakeState['invites'], extra?: (pinia: Pinia) => void | Promise<void>): Scene => ({
  state: changed((state) => (state.invites = invites)),
  then: (pinia) => {
    useUi(pinia).selected = { kind: 'invite', id: invites[0]!.id }
    return extra?.(pinia)
  },
})
const long = (count: number): Item[] =>
  Array.from({ length: count }, (_, i) =>
    text(
      'Mira Holt',
      i % 7 === 3
        ? `A longer one, number ${i}, that runs over more than a single line because somebody had a lot to say that evening.`
        : `Message ${i}`,
      hours(60) + i * 400_000,
      { own: i % 3 === 0 },
    ),
  )

const byKeychain = (): FakeState => {
  const state = emptyState('locked')
  return { ...state, app: { ...state.app, unlock: 'keychain' } }
}
/** The first step is passed as a person passes it. */
function toUnlockStep(): void {
  const field = document.querySelector('input')!
  field.value = 'Jonas'
  field.dispatchEvent(new Event('input'))
  requestAnimationFrame(() => document.querySelector('form')!.requestSubmit())
}
const handOver = (tab: string) =>
  opened([invite('Lena')], (pinia) => {
    useUi(pinia).open({ kind: 'invite', id: invite('Lena').id, label: '' })
    return press(tab)
  })
const asking = changed(
  (state) =>
    (state.requests = {
      list: [
        request('Ola Nordmann'),
        request('Mira Holt', { id: fakeId('another'), at: hours(3), relation: 'same-name-other-keys' }),
        request('Dr. Wilhelmina Featherstonehaugh-Cholmondeley', { at: days(1), askRelay: 'wss://relay.banyan.example:7443' }),
      ],
      more: true,
    }),
)
const introductionsHere = [
  introduction('Keiko Tanabe'),
  introduction('Samir Aziz', { role: 'asker', at: days(2) }),
  introduction('Ada Nakamura', { role: 'mediator', reason: 'ask', via: null, target: writer('Mira Holt'), at: days(3) }),
]
/** Mira was introduced by somebody, and brings others. */
function introduced(state: FakeState): void {
  state.introductions = [introduction('Keiko Tanabe', { role: 'asker', state: 'waiting' }), introduction('Ada Nakamura', { state: 'done' })]
  const known = state.details[people.mira.id]
  if (known) state.details[people.mira.id] = { ...known, introducedBy: 'Dad', groups: [writer('Old Mill hikers')] }
}
const mismatched = changed((state) => {
  state.details[people.mira.id] = { ...state.details[people.mira.id]!, verified: 'mismatch', verifiedAt: null }
  state.conversations.find(({ id }) => id === people.mira.id)!.verified = 'mismatch'
})

export const scenes: Record<string, Scene> = {
  ...accountScenes,
  ...talkScenes,
  ...groupScenes,
  ...searchScenes,
  ...fileScenes,
  'first-name': { state: () => emptyState('first-start') },
  'first-unlock-keychain': {
    state: () => {
      const state = emptyState('first-start')
      return { ...state, app: { ...state.app, capabilities: { ...state.app.capabilities, keychain: true } } }
    },
    then: () => toUnlockStep(),
  },
  'unlock-keychain': { state: byKeychain, answers: { 'profile.unlock': fails('keychain.locked') } },
  desktop: { state: changed(onDesktop), then: both(select(people.mira.id), dialog({ kind: 'settings', section: 'desktop' })) },
  unlock: { state: () => emptyState('locked') },
  'unlock-wrong': { state: () => emptyState('locked'), answers: { 'profile.unlock': fails('keystore.wrong-passphrase', { seconds: 4 }) } },
  starting: { state: busyState, answers: { 'app.state': never } },
  down: { state: busyState, then: (_, bridge) => bridge.link('down') },
  'signed-out': { state: busyState, then: (_, bridge) => bridge.link('signed-out') },
  failed: { state: busyState, answers: { 'app.state': fails('internal') } },
  empty: { state: () => emptyState() },
  list: { state: busyState },
  offline: {
    state: changed(
      (state) =>
        (state.network.relays = [
          {
            address: 'wss://relay.kestrel.example:7443',
            own: true,
            local: false,
            until: null,
            state: 'offline',
            since: minutes(5),
            error: 'relay.unreachable',
          },
        ]),
    ),
    then: select(people.mira.id),
  },
  conversation: { state: busyState, then: select(people.mira.id) },
  details: { state: busyState, then: select(people.mira.id, true) },
  'details-unverified': { state: busyState, then: select(people.keiko.id, true) },
  unread: { state: busyState, then: select(people.keiko.id) },
  draft: { state: busyState, then: select(people.dad.id) },
  long: { state: changed((state) => (state.items[people.mira.id] = long(200))), then: select(people.mira.id) },
  'not-sent': { state: busyState, answers: { 'conversations.send': fails('keystore.disk-full') }, then: select(people.mira.id) },
  'load-failed': { state: busyState, answers: { 'conversations.items': fails('keystore.damaged') }, then: select(people.mira.id) },
  broken: { state: busyState, then: select(people.tomasz.id) },
  'broken-details': {
    state: changed((state) => {
      const one = state.details[people.tomasz.id]!
      one.session = { ...one.session, state: 'broken' }
    }),
    then: select(people.tomasz.id, true),
  },
  resetting: { state: trouble(people.tomasz.id, 'resetting'), then: select(people.tomasz.id) },
  'no-answer': { state: trouble(people.tomasz.id, 'no-answer'), then: select(people.tomasz.id) },
  why: { state: busyState, then: both(select(people.tomasz.id), dialog({ kind: 'why', id: people.tomasz.id })) },
  'reset-confirm': { state: busyState, then: both(select(people.mira.id, true), dialog({ kind: 'reset', id: people.mira.id })) },
  'block-confirm': { state: busyState, then: both(select(people.mira.id, true), dialog({ kind: 'block', id: people.mira.id })) },
  blocked: { state: busyState, then: select(people.samir.id, true) },
  exchange: { state: busyState, then: select(people.noor.id) },
  'exchange-question': { state: busyState, then: select(people.priya.id) },
  'exchange-written': {
    state: changed(
      (state) =>
        (state.items[people.noor.id] = [
          text('Noor Haddad', 'Welcome! I’m here whenever you are.', minutes(2), { own: true, status: 'waiting' }),
        ]),
    ),
    then: select(people.noor.id),
  },
  'invite-label': { state: busyState, then: both(select(people.mira.id), dialog({ kind: 'invite', id: null, label: '' })) },
  'invite-link': opened([invite('Lena')], (pinia) => useUi(pinia).open({ kind: 'invite', id: invite('Lena').id, label: '' })),
  'invite-file': handOver('File'),
  'invite-full': handOver('Full QR'),
  'invite-preparing': opened([invite('Lena', { short: null, state: 'preparing' })], (pinia) =>
    useUi(pinia).open({ kind: 'invite', id: invite('Lena').id, label: '' }),
  ),
  'invite-used': opened([invite('Lena', { state: 'used', contactId: people.mira.id })], (pinia) =>
    useUi(pinia).open({ kind: 'invite', id: invite('Lena').id, label: '' }),
  ),
  'invite-open': opened([invite('Lena')]),
  'invite-expired': opened([invite('Lena', { state: 'expired', created: days(15), expires: days(1) })]),
  'invite-cancel': opened([invite('Lena')], (pinia) => useUi(pinia).open({ kind: 'cancelInvite', id: invite('Lena').id, back: false })),
  'accept-enter': { state: busyState, then: both(select(people.mira.id), dialog({ kind: 'accept', text: '', file: null })) },
  'accept-checking': acceptWith({ 'invites.inspect': never }),
  'accept-ask': acceptWith({ 'invites.inspect': () => ({ kind: 'short', relay: 'wss://relay.banyan.example:7443' }) }),
  'accept-new': acceptWith({ 'invites.inspect': () => preview('new') }),
  'accept-known': acceptWith({ 'invites.inspect': () => preview('known') }),
  'accept-other-keys': acceptWith({ 'invites.inspect': () => preview('same-name-other-keys', 'Mira Holt') }),
  'accept-public': acceptWith({ 'invites.inspect': () => ({ ...preview('new'), uses: 'many' }) }),
  'accept-scan': {
    state: busyState,
    then: both(select(people.mira.id), dialog({ kind: 'accept', text: '', file: null }), () => press('Scan with the camera')),
  },
  requests: { state: asking, then: page('requests') },
  introductions: {
    state: changed((state) => void (state.introductions = introductionsHere)),
    then: page('requests'),
  },
  'introductions-contact': { state: changed(introduced), then: select(people.mira.id, true) },
  introduce: { state: busyState, then: both(select(people.mira.id), dialog({ kind: 'introduce', id: people.mira.id })) },
  'introduction-help': { state: busyState, then: both(select(people.mira.id), dialog({ kind: 'askHelp', id: people.mira.id })) },
  'introduction-ask': { state: busyState, then: both(select(people.mira.id), dialog({ kind: 'askIntroduction', id: people.mira.id })) },
  'requests-none': { state: busyState, then: page('requests') },
  address: { state: changed((state) => state.invites.push(address())), then: page('openInvites') },
  'address-none': { state: busyState, then: page('openInvites') },
  'address-withdraw': {
    state: changed((state) => state.invites.push(address())),
    then: both(page('openInvites'), dialog({ kind: 'withdrawAddress', id: address().id })),
  },
  'exchange-asks': {
    state: changed((state) => {
      const one = state.conversations.find(({ id }) => id === people.noor.id)!
      one.exchange = { ...one.exchange!, role: 'acceptor', asks: true }
    }),
    then: select(people.noor.id),
  },
  mismatch: { state: mismatched, then: select(people.mira.id, true) },
  compare: { state: busyState, then: both(select(people.keiko.id, true), dialog({ kind: 'compare', id: people.keiko.id })) },
  'accept-expired': refused('invite.expired'),
  'accept-damaged': refused('invite.damaged'),
  'conversation-menu': { state: busyState, then: both(select(people.mira.id), click('.chat-tools .pop > button')) },
  'context-menu': { state: busyState, then: both(select(people.mira.id), rightClick('.list .row')) },
  rename: { state: busyState, then: both(select(people.mira.id), dialog({ kind: 'rename', id: people.mira.id })) },
  remove: { state: busyState, then: both(select(people.mira.id), dialog({ kind: 'remove', id: people.mira.id })) },
  muted: { state: changed(muteSome), then: select(people.keiko.id, true) },
  'history-question': {
    state: changed((state) => (state.conversations.find(({ id }) => id === people.mira.id)!.question = { texts: 12 })),
    then: select(people.mira.id),
  },
  'settings-profile': { state: changed(manyProfiles), then: dialog({ kind: 'settings', section: 'profile' }) },
  'settings-security': { state: busyState, then: dialog({ kind: 'settings', section: 'security' }) },
  'settings-privacy': { state: busyState, then: dialog({ kind: 'settings', section: 'privacy' }) },
  'settings-appearance': { state: busyState, then: dialog({ kind: 'settings', section: 'appearance' }) },
  'settings-data': { state: busyState, then: dialog({ kind: 'settings', section: 'data' }) },
  'export-profile': { state: busyState, then: dialog({ kind: 'exportProfile' }) },
  'export-conversation': {
    state: busyState,
    then: both(select(people.mira.id), dialog({ kind: 'exportConversation', id: people.mira.id })),
  },
  'import-profile': { state: () => emptyState('first-start'), then: () => press('Bring a profile from a file') },
  'settings-lan': {
    state: changed((all) => {
      const people = [
        { id: all.conversations[0]?.id ?? null, address: '192.168.1.23:6711' },
        { id: null, address: '192.168.1.31:50211' },
      ]
      all.lan = { on: true, announced: true, error: null, port: 6711, addresses: ['192.168.1.20:6711', '[fd00::20]:6711'], people }
    }),
    then: dialog({ kind: 'settings', section: 'relays' }),
  },
  'settings-lan-only': {
    state: changed((all) => {
      all.network = { relays: [], localRelay: null }
      all.lan = { on: true, announced: false, error: 'lan.port-in-use', port: null, addresses: [], people: [] }
    }),
    then: dialog({ kind: 'settings', section: 'relays' }),
  },
  'settings-relays': { state: changed(manyRelays), then: dialog({ kind: 'settings', section: 'relays' }) },
  'settings-blocked': {
    state: changed(
      (state) =>
        (state.blocked = [
          { id: people.samir.id, name: 'Samir Aziz', at: days(2), deleted: false },
          { id: fakeId('Nobody'), name: 'Rent Offers', at: days(40), deleted: true },
        ]),
    ),
    then: dialog({ kind: 'settings', section: 'blocked' }),
  },
  'settings-about': { state: busyState, then: dialog({ kind: 'settings', section: 'about' }) },
  passphrase: { state: busyState, then: dialog({ kind: 'passphrase' }) },
  'add-relay': { state: busyState, then: dialog({ kind: 'addRelay', from: null }) },
  'settings-proxy': {
    state: changed((state) => (state.settings.proxy = { address: '127.0.0.1:9050', username: null })),
    then: dialog({ kind: 'settings', section: 'relays' }),
  },
  'relay-network': { state: changed(manyRelays), then: dialog({ kind: 'reach', reach: 'network' }) },
  'leave-relay': { state: busyState, then: dialog({ kind: 'leaveRelay', address: 'wss://relay.kestrel.example:7443' }) },
  'reset-all': { state: busyState, then: dialog({ kind: 'resetAll' }) },
  'reset-all-going': {
    state: changed(
      (state) => (state.resetAll = { begun: minutes(2), total: 14, done: 9, waiting: ['Dad', 'Elin', 'Keiko', 'Noor', 'Tomasz'] }),
    ),
    then: both(select(people.mira.id), dialog({ kind: 'resetAll' })),
  },
  'reset-all-strip': {
    state: changed(
      (state) => (state.resetAll = { begun: minutes(2), total: 14, done: 9, waiting: ['Dad', 'Elin', 'Keiko', 'Noor', 'Tomasz'] }),
    ),
    then: select(people.mira.id),
  },
  'new-profile': { state: busyState, then: dialog({ kind: 'newProfile' }) },
  'remove-profile': { state: busyState, then: dialog({ kind: 'removeProfile', profile: 'main' }) },
  'unlock-profiles': {
    state: () => {
      const state = emptyState('locked')
      manyProfiles(state)
      return state
    },
    then: click('.unlock .pop > button'),
  },
  'me-menu': { state: changed(manyProfiles), then: click('.me .pop > button') },
  error: { state: busyState, then: both(select(people.mira.id), dialog({ kind: 'error', error: new CairnError('keystore.disk-full') })) },
  toast: { state: busyState, then: both(select(people.mira.id), (pinia) => useUi(pinia).say('Link copied. It works once, until 4 June.')) },
}
