import type { Pinia } from 'pinia'
import type { TextMessage } from '#shared/contract/itemModels.ts'
import { useConversations } from '../../../src-renderer/stores/conversations.ts'
import { useTalk } from '../../../src-renderer/stores/talk.ts'
import { useUi } from '../../../src-renderer/stores/ui.ts'
import type { FakeState } from '../fakeModel.ts'
import { busyState, fakeId, hours, minutes, people, person, present, text } from '../fakeState.ts'
import { appears, both, changed, dialog, sees, select, type Scene, type Step } from './steps.ts'

const { mira, keiko, dad, elin } = people
const say = (words: string, at: number, more: Partial<TextMessage> = {}) => text('Mira Holt', words, at, more)

const asked = say('Which train do we take on Saturday, the 8:12 or the one after?', minutes(39))
const plan = say('**Packing list**, not more than 9 kg each:\n> stove and *two* cups\n> the ~~old~~ blue rope', minutes(36), {
  own: true,
  status: 'read',
  pinned: true,
  reactions: [
    { emoji: '👍', own: false },
    { emoji: '👍', own: true },
    { emoji: '⛰️', own: false },
  ],
})
const talked: TextMessage[] = [
  asked,
  say('8:12. @Jonas Reuter, the way up is at https://paths.example/ridge?stage=2', minutes(38), {
    mentions: [{ from: 6, length: 13, id: fakeId('Jonas Reuter') }],
    editedAt: minutes(37),
  }),
  plan,
  say('', minutes(30), { deleted: true }),
  say('', minutes(29), { own: true, deleted: true, status: 'read' }),
  say('Then we have the ridge to ourselves.', minutes(20), {
    own: true,
    status: 'delivered',
    reply: { id: asked.id, own: false, text: asked.text, state: 'here', file: null },
  }),
  say('The hut keeper says: `key under the third stone`\n```\n47.2692 N\n11.4041 E\n```', minutes(17), { forwarded: true }),
  say('And the code of the door is 4071.', minutes(6), { ttl: 86_400, expiresAt: present + 79_000_000 }),
  say('Got it.', minutes(5), { own: true, status: 'read', ttl: 30, expiresAt: present + 21_000 }),
  say('ok', minutes(2), { own: true, status: 'sent', reply: { id: 'x', own: true, text: '', state: 'missing', file: null } }),
]
function talking(state: FakeState): void {
  state.items[mira.id] = structuredClone(talked)
  const one = (id: string) => state.conversations.find((conversation) => conversation.id === id)!
  Object.assign(one(mira.id), { timer: 86_400, pinned: true })
  Object.assign(one(dad.id), { pinned: true, draft: '' })
  one(elin.id).archived = true
  one(people.samir.id).archived = true
  state.conversations.push(
    person('Jonas Reuter', {
      ...{ id: state.app.profile!.id, self: true, verified: 'no', activity: hours(3) },
      last: { text: 'Stove: gas runs until *June*', own: true, at: hours(3), status: 'delivered', deleted: false, file: null },
    }),
  )
  state.items[state.app.profile!.id] = [
    text('Jonas Reuter', 'Stove: gas runs until *June*', hours(3), { own: true, conversationId: state.app.profile!.id }),
    text('Jonas Reuter', '8:12. Then we have the ridge to ourselves.', hours(2), {
      ...{ own: true, forwarded: true, conversationId: state.app.profile!.id },
    }),
  ]
}
const talkingState = changed(talking)
const self = () => busyState().app.profile!.id
const withTalk = (then: (pinia: Pinia) => void): Step => both(select(mira.id), () => sees('Packing list'), then)
const at = { x: 640, y: 330 }
/** Somebody goes on writing for as long as the scene is looked at. */
const writing = (id: string) => (pinia: Pinia) => useConversations(pinia).setTyping(id, Date.now() + 3_600_000)
const pointAt = (words: string) => () => {
  const found = [...document.querySelectorAll('.msg')].find(({ textContent }) => textContent.includes(words))
  found?.dispatchEvent(new PointerEvent('pointerenter'))
}
const type = (words: string) => () => {
  const field = document.querySelector<HTMLTextAreaElement>('.composer textarea')!
  field.focus()
  field.value = words
  field.setSelectionRange(words.length, words.length)
  field.dispatchEvent(new InputEvent('input', { bubbles: true }))
}

/** Conversations as people know them: everything that can be done with a message. */
export const talkScenes: Record<string, Scene> = {
  talk: { state: talkingState, then: both(select(mira.id), () => sees('Packing list'), writing(keiko.id), pointAt('ridge to ourselves')) },
  'talk-writing': { state: talkingState, then: both(select(mira.id), writing(mira.id)) },
  'talk-reply': { state: talkingState, then: withTalk((pinia) => useTalk(pinia).reply(asked)) },
  'talk-edit': { state: talkingState, then: withTalk((pinia) => useTalk(pinia).edit(plan)) },
  'talk-mention': { state: talkingState, then: both(select(mira.id), () => sees('Packing list'), type('See you there, @')) },
  'talk-menu': {
    state: talkingState,
    then: withTalk((pinia) => (useTalk(pinia).float = { kind: 'menu', message: plan, ...at })),
  },
  'talk-react': {
    state: talkingState,
    then: withTalk((pinia) => (useTalk(pinia).float = { kind: 'react', message: plan, ...at })),
  },
  'talk-emoji': {
    state: talkingState,
    then: both(select(mira.id), () => sees('Packing list'), () => document.querySelector<HTMLElement>('.composer [aria-haspopup]')?.click(), () => sees('😀')), // prettier-ignore
  },
  'talk-select': {
    state: talkingState,
    then: withTalk((pinia) => {
      useTalk(pinia).select(asked)
      useTalk(pinia).toggle(plan.id)
    }),
  },
  'talk-delete': {
    state: talkingState,
    then: withTalk((pinia) => useUi(pinia).open({ kind: 'deleteMessages', conversationId: mira.id, ids: [plan.id] })),
  },
  'talk-forward': {
    state: talkingState,
    then: both(select(mira.id), dialog({ kind: 'forward', conversationId: mira.id, ids: [plan.id] })),
  },
  'talk-versions': {
    state: talkingState,
    then: both(select(mira.id), dialog({ kind: 'versions', message: talked[1]! }), () => sees('Now')),
  },
  'talk-link': {
    state: talkingState,
    then: both(
      select(mira.id),
      dialog({ kind: 'link', href: 'https://paths.example/ridge?stage=2', text: 'https://paths.example/ridge?stage=2' }),
    ),
  },
  'talk-link-warned': {
    state: talkingState,
    then: both(select(mira.id), dialog({ kind: 'link', href: 'https://xn--80ak6aa92e.example/', text: 'https://аррӏе.example' })),
  },
  'talk-timer': { state: talkingState, then: both(select(mira.id), dialog({ kind: 'timer', conversationId: mira.id })) },
  'talk-timer-custom': {
    state: changed((state) => {
      talking(state)
      state.conversations.find(({ id }) => id === mira.id)!.timer = 3 * 86_400
    }),
    then: both(select(mira.id), dialog({ kind: 'timer', conversationId: mira.id })),
  },
  'talk-pins': {
    state: changed((state) => {
      talking(state)
      for (const item of state.items[mira.id]!.slice(0, 3)) if (item.kind === 'text') item.pinned = true
    }),
    then: both(select(mira.id), () => appears('.pin-strip'), dialog({ kind: 'pinned', conversationId: mira.id })),
  },
  notes: { state: talkingState, then: (pinia) => select(self(), true)(pinia) },
  archived: { state: talkingState, then: both(select(mira.id), () => sees('Archived'), () => document.querySelector<HTMLElement>('.list [data-index="8"] .row')?.click()) }, // prettier-ignore
}
