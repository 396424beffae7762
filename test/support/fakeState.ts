import { sha256 } from '@noble/hashes/sha2.js'
import { armorInvite } from '#shared/invite/armor.ts'
import type { ContactDetails } from '#shared/contract/contactModels.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { ContactRequest, Invite } from '#shared/contract/inviteModels.ts'
import type { Item, SystemLine, TextMessage } from '#shared/contract/itemModels.ts'
import type { FakeState } from './fakeModel.ts'
import { plainText } from './plainText.ts'

/** Thursday, 21 May 2026, 14:10 UTC: the present of every scripted screen. */
export const present = Date.UTC(2026, 4, 21, 14, 10)
export const minutes = (n: number) => present - n * 60_000
export const hours = (n: number) => present - n * 3_600_000
export const days = (n: number) => present - n * 86_400_000

/** A stable 32-byte id in hex from a name. */
export const fakeId = (name: string): string =>
  Array.from({ length: 64 }, (_, i) =>
    ((name.charCodeAt(i % name.length) * (i + 7) * 31 + name.length * 13 + (i >> 2) * 7) % 16).toString(16),
  ).join('')

export const person = (name: string, more: Partial<Conversation> = {}): Conversation => ({
  id: fakeId(name),
  group: null,
  introducedBy: null,
  name,
  ownName: name,
  self: false,
  pinned: false,
  archived: false,
  timer: 0,
  mutedUntil: null,
  question: null,
  verified: 'yes',
  byCode: false,
  state: 'open',
  exchange: null,
  trouble: null,
  last: null,
  unread: 0,
  draft: '',
  activity: minutes(60),
  ...more,
})

let position = 0
export const text = (name: string, words: string, sentAt: number, more: Partial<TextMessage> = {}): TextMessage => ({
  kind: 'text',
  id: `message-${position}`,
  conversationId: fakeId(name),
  own: false,
  text: words,
  sentAt,
  position: position++,
  status: more.own ? 'delivered' : 'received',
  late: false,
  ...plainText,
  ...more,
})
export const system = (name: string, event: SystemLine['event'], at: number, more: Partial<SystemLine> = {}): SystemLine => ({
  kind: 'system',
  id: `line-${position}`,
  conversationId: fakeId(name),
  event,
  by: 'you',
  at,
  position: position++,
  count: 0,
  text: '',
  author: null,
  ...more,
})

export const details = (conversation: Conversation, more: Partial<ContactDetails> = {}): ContactDetails => ({
  id: conversation.id,
  name: conversation.name,
  ownName: conversation.ownName,
  since: days(18),
  verified: conversation.verified,
  verifyCode: `CAIRN-VERIFY:1:${fakeId('Jonas Reuter')}:${conversation.id}`.toUpperCase(),
  verifiedAt: conversation.verified === 'yes' ? days(18) : null,
  blocked: conversation.state === 'blocked',
  introducedBy: null,
  groups: [],
  safetyNumber: ['38217', '05944', '61120', '77308', '19465', '82031', '40772', '95518', '23684', '57190', '06843', '71265'],
  session: {
    state: 'working',
    since: minutes(8),
    sent: 4,
    received: 3,
    keysRenewed: 5,
    history: [
      { kind: 'connected', by: 'you', at: days(18), recovered: 0 },
      { kind: 'reset', by: 'you', at: minutes(8), recovered: 2 },
    ],
  },
  technical: {
    fingerprint: conversation.id,
    sessionId: fakeId('session'),
    epoch: 1_779_372_600_000,
    relays: ['wss://relay.kestrel.example:7443'],
    outbox: 0,
    refused: { 'codec.malformed': 2 },
  },
  ...more,
})

/** As long as a whole invite is, and with its first byte. */
const fakeInvite = Uint8Array.from({ length: 1530 }, (_, i) => (i === 0 ? 0xa9 : (i * 89 + (i >> 3) * 31) % 256))

export const request = (name: string, more: Partial<ContactRequest> = {}): ContactRequest => ({
  id: fakeId(name),
  name,
  at: minutes(12),
  relation: 'new',
  relays: ['wss://relay.kestrel.example:7443'],
  askRelay: null,
  ...more,
})

/** The public address, made a month ago. */
export const address = (more: Partial<Invite> = {}): Invite =>
  invite('', {
    id: fakeId('address').slice(0, 32),
    uses: 'many',
    created: days(30),
    expires: present + 335 * 86_400_000,
    steps: [{ name: 'invited', at: days(30) }],
    ...more,
  })

export const invite = (label: string, more: Partial<Invite> = {}): Invite => ({
  id: fakeId(`invite ${label}`).slice(0, 32),
  label,
  uses: 'one',
  state: 'open',
  created: minutes(22),
  expires: present + 14 * 86_400_000,
  relays: ['wss://relay.kestrel.example:7443'],
  file: {
    name: 'Invite from Jonas.cairn',
    text: armorInvite({ sha256 }, fakeInvite),
  },
  short: 'cairn1xpjc3enkxysq7m0dv5l2k8e9tw4rz6ua3fhgn0yqs2v7c5x9j4l8p6d3k0w2t7r5e1m9u',
  contactId: null,
  steps: [
    { name: 'invited', at: minutes(22) },
    { name: 'answered', at: null },
    { name: 'open', at: null },
  ],
  ...more,
})

const [mira, tomasz, noor, keiko, dad, samir, elin, priya] = [
  person('Mira Holt', {
    activity: minutes(4),
    last: { text: 'Beautiful. I’ll print the map.', own: true, at: minutes(4), status: 'delivered', deleted: false, file: null },
  }),
  person('Tomasz Zieliński', {
    activity: minutes(30),
    trouble: { kind: 'broken', since: minutes(72), waiting: 3 },
    last: { text: 'Did you get the tickets?', own: true, at: minutes(30), status: 'waiting', deleted: false, file: null },
  }),
  person('Noor Haddad', {
    activity: minutes(13),
    verified: 'no',
    state: 'connecting',
    exchange: {
      id: 'x',
      role: 'inviter',
      steps: [
        { name: 'invited', at: minutes(22) },
        { name: 'answered', at: minutes(13) },
        { name: 'open', at: null },
      ],
      expires: present + 14 * 86_400_000,
      askRelay: null,
      asks: false,
      onLan: false,
    },
  }),
  person('Keiko Tanabe', {
    activity: minutes(143),
    verified: 'no',
    unread: 2,
    last: { text: 'Hello! Amara passed me your name.', own: false, at: minutes(143), status: 'received', deleted: false, file: null },
  }),
  person('Dad', {
    activity: hours(5),
    draft: 'I’ll call when the train gets in',
    last: { text: 'ok', own: false, at: hours(5), status: 'received', deleted: false, file: null },
  }),
  person('Samir Aziz', {
    activity: days(2),
    verified: 'no',
    state: 'blocked',
    last: { text: 'Thanks, got the file.', own: false, at: days(2), status: 'received', deleted: false, file: null },
  }),
  person('Elin Sørensen', {
    activity: days(7),
    last: { text: 'See you at the station then!', own: true, at: days(7), status: 'sent', deleted: false, file: null },
  }),
  person('Priya Raman', {
    activity: minutes(52),
    verified: 'no',
    state: 'connecting',
    exchange: {
      id: 'y',
      role: 'inviter',
      steps: [
        { name: 'invited', at: hours(3) },
        { name: 'answered', at: minutes(52) },
        { name: 'open', at: null },
      ],
      expires: present + 13 * 86_400_000,
      askRelay: 'wss://relay.banyan.example:7443',
      asks: false,
      onLan: false,
    },
  }),
] as const
export const people = { mira, tomasz, noor, keiko, dad, samir, elin, priya }

const items = (): Record<string, Item[]> => ({
  [mira.id]: [
    text('Mira Holt', 'Lunch was lovely, thank you both.', days(1) + 3_600_000),
    text('Mira Holt', 'The path above the old mill is open again. Still free on Saturday?', minutes(39)),
    text('Mira Holt', 'Yes! I’ll bring the stove. Train at 8:12, or the later one?', minutes(36), { own: true }),
    system('Mira Holt', 'reset', minutes(8), { count: 2 }),
    text('Mira Holt', '8:12, then we have the ridge to ourselves.', minutes(18), { late: true }),
    text('Mira Holt', 'Somebody built a new cairn right at the top. Six stones, the flat one you liked is at the bottom.', minutes(17), {
      late: true,
    }),
    text('Mira Holt', 'Beautiful. I’ll print the map.', minutes(4), { own: true }),
  ],
  [tomasz.id]: [
    text('Tomasz Zieliński', 'I have two ropes, one is the old blue one.', days(1) + 5 * 3_600_000),
    text('Tomasz Zieliński', 'The other is 40 m and almost new.', days(1) + 5 * 3_600_000 + 30_000),
    text('Tomasz Zieliński', 'That one, please. Can you also bring the short slings?', days(1) + 5.3 * 3_600_000, { own: true }),
    text('Tomasz Zieliński', 'Did you get the tickets?', minutes(30), { own: true, status: 'waiting' }),
  ],
  [keiko.id]: [
    system('Keiko Tanabe', 'connected', minutes(150), { by: 'them' }),
    text('Keiko Tanabe', 'Hello! Amara passed me your name.', minutes(144)),
    text('Keiko Tanabe', 'She says you know the way over the pass.', minutes(143)),
  ],
  [samir.id]: [text('Samir Aziz', 'Thanks, got the file.', days(2))],
  [elin.id]: [text('Elin Sørensen', 'See you at the station then!', days(7), { own: true, status: 'sent' })],
})

/** Everything at once: one person for each state of a conversation. */
export const busyState = (): FakeState => ({
  app: {
    phase: 'open',
    version: '0.1.0',
    profile: { id: fakeId('Jonas Reuter'), name: 'Jonas Reuter' },
    unlock: null,
    capabilities: { host: 'node', localRelay: true, keychain: false, desktop: false },
  },
  lan: { on: false, announced: false, error: null, port: null, addresses: [], people: [] },
  network: {
    relays: [
      {
        address: 'wss://relay.kestrel.example:7443',
        own: true,
        local: false,
        until: null,
        state: 'connected',
        since: hours(2),
        error: null,
      },
    ],
    localRelay: null,
  },
  conversations: structuredClone(Object.values(people)),
  items: items(),
  details: Object.fromEntries(Object.values(people).map((one) => [one.id, details(one)])),
  groups: {},
  introductions: [],
  invites: [invite('Lena')],
  desktop: { notifications: 'hidden', startAtLogin: false, keepRunning: false },
  opened: null,
  requests: { list: [], more: false },
  appearance: { theme: 'system', textSize: 100, language: 'system' },
  settings: {
    lockAfter: 0,
    history: 'ask',
    readReceipts: true,
    typing: false,
    autoDownload: 'small',
    reach: 'computer',
    lan: false,
    lanAnnounced: false,
    proxy: null,
  },
  profiles: [{ id: 'main', label: 'Profile 1', current: true }],
  resetAll: null,
  blocked: [],
  account: null,
  codes: { asked: [], requests: [] },
})

export const emptyState = (phase: 'first-start' | 'locked' | 'open' = 'open'): FakeState => {
  const state = busyState()
  return {
    ...state,
    app: { ...state.app, phase, profile: phase === 'open' ? state.app.profile : null },
    conversations: [],
    items: {},
    details: {},
    invites: [],
    requests: { list: [], more: false },
  }
}
