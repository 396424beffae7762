import type { Pinia } from 'pinia'
import type { GroupSummary } from '#shared/contract/groupModels.ts'
import type { Item, TextMessage } from '#shared/contract/itemModels.ts'
import { useConversations } from '../../../src-renderer/stores/conversations.ts'
import { useTalk } from '../../../src-renderer/stores/talk.ts'
import type { Dialog } from '../../../src-renderer/stores/ui.ts'
import { delivery, group, groupDetails, member, writer } from '../fakeGroups.ts'
import type { FakeState } from '../fakeModel.ts'
import { busyState, days, fakeId, hours, minutes, people, system, text } from '../fakeState.ts'
import { appears, both, changed, click, dialog, fails, never, press, sees, select, type Scene, type Step } from './steps.ts'

const name = 'Old Mill hikers'
const id = fakeId(name)
const [mira, dad, ada, cleo, keiko] = ['Mira Holt', 'Dad', 'Ada Nakamura', 'Cleo Marchetti', 'Keiko Tanabe'].map(writer) as [
  ...[ReturnType<typeof writer>, ReturnType<typeof writer>, ReturnType<typeof writer>, ReturnType<typeof writer>],
  ReturnType<typeof writer>,
]
const said = (author: typeof mira | null, words: string, at: number, more: Partial<TextMessage> = {}) =>
  text(name, words, at, { author, own: author === null, ...more })

const question = said(ada, 'Who brings a stove?', minutes(58))
const answer = said(null, 'I have one, with gas for two days. **8:12** at the station?', minutes(39), {
  status: 'delivered',
  reactions: [
    { emoji: '👍', own: false, author: ada },
    { emoji: '👍', own: false, author: mira },
    { emoji: '⛰️', own: false, author: cleo },
  ],
})
/** As they stand here, whenever they were made. */
const inOrder = (items: Item[]): Item[] => items.map((item, position) => ({ ...item, position }))
const talked = inOrder([
  system(name, 'group-created', days(1), { by: 'you' }),
  system(name, 'group-added', days(1) + 60_000, { by: 'you', text: ['Mira Holt', 'Ada Nakamura', 'Dad'].join('\n') }),
  system(name, 'group-added', days(1) + 3_600_000, { by: 'them', author: mira, text: 'Cleo Marchetti' }),
  said(ada, 'Hello, all of you! The weather looks good for Saturday.', minutes(60)),
  question,
  said(mira, 'Not me, mine is at the hut.', minutes(54), { reply: { id: question.id, own: false, author: ada, text: question.text, state: 'here', file: null } }), // prettier-ignore
  answer,
  said(cleo, '@Jonas Reuter, perfect. I take the blue rope.', minutes(31), { mentions: [{ from: 0, length: 13, id: fakeId('Jonas Reuter') }] }), // prettier-ignore
  said(cleo, '', minutes(30), { deleted: true }),
  said(dad, 'I’ll come as far as the mill, then we’ll see about the knees.', minutes(12)),
  said(null, 'Then see you there!', minutes(9), { status: 'sent', reply: { id: 'x', own: false, author: dad, text: 'I’ll come as far as the mill, then we’ll see about the knees.', state: 'here', file: null } }), // prettier-ignore
])
const members = [
  { ...member('Jonas Reuter', { self: true, role: 'owner' }), id: busyState().app.profile!.id },
  member('Mira Holt', { role: 'admin', verified: 'yes' }),
  member('Ada Nakamura', { unheard: ['Dad'] }),
  member('Cleo Marchetti', { connection: 'introducing' }),
  member('Dad', { connection: 'waiting' }),
  member('Samir Aziz', { blocked: true, leaving: true }),
]
const last = { text: 'I’ll come as far as the mill', own: false, author: dad, at: minutes(12), status: 'received', deleted: false, file: null } as const // prettier-ignore

/** `about` is what this person is in it. */
const grouped =
  (about: Partial<GroupSummary> = {}) =>
  (state: FakeState): void => {
    const one = group(name, { members: members.length, unheard: 2, ...about }, { activity: minutes(9), unread: 0, last })
    const other = group('Choir', { role: 'member', members: 12, inviter: 'Mira Holt' }, { activity: hours(1), unread: 3, last: { ...last, author: keiko, text: 'Same time next week?' } }) // prettier-ignore
    state.conversations.push(one, other)
    state.items[id] = structuredClone(talked)
    state.groups[id] = groupDetails(one, structuredClone(members), {
      invited: [
        { ...keiko, state: 'invited', at: hours(3) },
        { id: people.elin.id, name: people.elin.name, state: 'declined', at: days(1) },
      ],
    })
  }
const state = changed(grouped())
const inState = (about: Partial<GroupSummary>) => changed(grouped(about))
const coming = (which: 'invited' | 'joining') =>
  changed((all) => {
    grouped({ state: which, role: null, inviter: 'Mira Holt', unheard: 0 })(all)
    Object.assign(
      all.conversations.find((one) => one.id === id)!,
      { last: null },
    )
    all.items[id] = []
    delete all.groups[id]
  })
const open = (detailsOpen = false): Step => both(select(id, detailsOpen), () => (detailsOpen ? appears('.members') : sees('blue rope')))
const asks = (wanted: Dialog): Scene => ({ state, then: both(open(), dialog(wanted), () => appears('dialog[open]')) })
const writing =
  (...who: (typeof mira)[]) =>
  (pinia: Pinia) =>
    who.forEach((one) => useConversations(pinia).setTyping(id, Date.now() + 3_600_000, one))
const type = (words: string) => () => {
  const field = document.querySelector<HTMLTextAreaElement>('.composer textarea')!
  field.focus()
  field.value = words
  field.setSelectionRange(words.length, words.length)
  field.dispatchEvent(new InputEvent('input', { bubbles: true }))
}
const pick = (who: string) => () =>
  [...document.querySelectorAll<HTMLElement>('.pick')]
    .find(({ textContent }) => textContent.includes(who))
    ?.querySelector('input')
    ?.click()
/** Into the first text field of the dialog. */
const call = (words: string) => () => {
  const field = document.querySelector<HTMLInputElement>('dialog[open] input[maxlength]')!
  field.value = words
  field.dispatchEvent(new InputEvent('input', { bubbles: true }))
}
const newGroup = both(dialog({ kind: 'newGroup' }), () => appears('dialog[open] .pick'))

/** Several people in one conversation. */
export const groupScenes: Record<string, Scene> = {
  group: { state, then: open() },
  'group-writing': { state, then: both(open(), writing(ada, mira)) },
  'group-mention': { state, then: both(open(), type('Thanks, @'), () => appears('.mention-list')) },
  'group-menu': {
    state,
    then: both(open(), (pinia) => void (useTalk(pinia).float = { kind: 'menu', message: answer, x: 640, y: 330 })),
  },
  'group-select': { state, then: both(open(), (pinia) => useTalk(pinia).select(question)) },
  'group-empty': { state: changed((all) => { grouped({ unheard: 0 })(all); all.items[id] = [] }), then: select(id) }, // prettier-ignore
  'group-details': { state, then: open(true) },
  'group-details-admin': { state: inState({ role: 'admin' }), then: both(open(true), click('.members .member:nth-child(3) .icon-btn')) },
  'group-details-member': { state: inState({ role: 'member', inviter: 'Mira Holt' }), then: open(true) },
  'group-details-owner-menu': { state, then: both(open(true), click('.members .member:nth-child(2) .icon-btn')) },
  'group-details-loading': { state, answers: { 'groups.details': never }, then: select(id, true) },
  'group-details-failed': { state, answers: { 'groups.details': fails('group.unknown') }, then: select(id, true) },
  'group-invited': { state: coming('invited'), then: both(select(id), () => appears('.invitation')) },
  'group-invited-details': { state: coming('invited'), then: both(select(id, true), () => appears('.invitation')) },
  'group-joining': { state: coming('joining'), then: both(select(id), () => appears('.invitation')) },
  'group-left': { state: inState({ state: 'left', role: null }), then: open() },
  'group-removed': { state: inState({ state: 'removed', role: null }), then: open(true) },
  'group-dissolved': { state: inState({ state: 'dissolved', role: null }), then: open() },
  'group-new': { state, then: newGroup },
  'group-new-chosen': { state, then: both(newGroup, pick('Mira'), pick('Dad')) },
  'group-new-failed': {
    state,
    answers: { 'groups.create': fails('group.full') },
    then: both(
      newGroup,
      pick('Mira'),
      call('Choir'),
      () => press('Make group'),
      () => appears('.error-note'),
    ),
  },
  'group-new-nobody': {
    state: changed((all) => (all.conversations = [])),
    then: both(dialog({ kind: 'newGroup' }), () => appears('dialog[open] .hint')),
  },
  'group-add': { state, then: both(open(true), dialog({ kind: 'addPeople', id }), () => appears('dialog[open] .people-pick')) },
  'group-edit': asks({ kind: 'editGroup', id }),
  'group-leave-owned': { state, then: both(open(true), dialog({ kind: 'leaveGroup', id }), () => appears('dialog[open] .pick')) },
  'group-leave': { state: inState({ role: 'admin' }), then: both(open(), dialog({ kind: 'leaveGroup', id })) },
  'group-dissolve': asks({ kind: 'dissolveGroup', id }),
  'group-forget': { state: inState({ state: 'left', role: null }), then: both(open(), dialog({ kind: 'forgetGroup', id })) },
  'group-hand-over': asks({ kind: 'handOver', id, member: mira }),
  'group-remove': asks({ kind: 'removeMember', id, member: cleo }),
  'group-delivery': {
    state,
    answers: {
      'groups.deliveries': () => [
        ...[delivery('Ada Nakamura', 'read', minutes(38)), delivery('Mira Holt', 'delivered', minutes(39))],
        ...[delivery('Samir Aziz', 'passed', minutes(39)), delivery('Cleo Marchetti', 'unconnected', minutes(39))],
        delivery('Dad', 'waiting', minutes(39)),
      ],
    },
    then: both(open(), dialog({ kind: 'deliveries', conversationId: id, messageId: answer.id }), () => appears('.delivery')),
  },
  'group-delete': asks({ kind: 'deleteMessages', conversationId: id, ids: [answer.id] }),
  'group-timer': asks({ kind: 'timer', conversationId: id }),
  'group-forward': { state, then: both(open(), dialog({ kind: 'forward', conversationId: id, ids: [answer.id] })) },
}
