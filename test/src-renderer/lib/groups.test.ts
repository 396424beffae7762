import { describe, expect, test } from 'vitest'
import { member, summary, group, writer } from '#test/support/fakeGroups.ts'
import { minutes, text } from '#test/support/fakeState.ts'
import { drawAvatar, drawGroupAvatar } from '../../../src-renderer/lib/avatar.ts'
import { createDateWords } from '../../../src-renderer/lib/dates.ts'
import { groupItems } from '../../../src-renderer/lib/grouping.ts'
import { canWrite, isAdmin, memberActions, pictureAddress } from '../../../src-renderer/lib/groups.ts'
import { listed } from '../../../src-renderer/lib/listed.ts'
import { messageLabel } from '../../../src-renderer/lib/messageLabel.ts'
import { conversationLine } from '../../../src-renderer/lib/rows.ts'

const [ada, ben] = [writer('Ada Nakamura'), writer('Ben Okafor')]
const said = (author: typeof ada | null, at: number, more = {}) => text('Hikers', 'hello', at, { author, own: author === null, ...more })

describe('what can be done about a member', () => {
  const common = member('Ada Nakamura')
  test('nothing about oneself, and nothing by who is out', () => {
    expect(memberActions('owner', member('Jonas', { self: true }))).toEqual([])
    expect(memberActions(null, common)).toEqual([])
  })
  test('a member opens a conversation and blocks, no more', () => expect(memberActions('member', common)).toEqual(['open', 'block']))
  test('an admin removes members, and no admin', () => {
    expect(memberActions('admin', common)).toEqual(['open', 'block', 'remove'])
    for (const role of ['admin', 'owner'] as const) expect(memberActions('admin', { ...common, role })).toEqual(['open', 'block'])
  })
  test('admins are the owner’s business', () => {
    expect(memberActions('owner', common)).toEqual(['open', 'promote', 'block', 'remove'])
    expect(memberActions('owner', { ...common, role: 'admin' })).toEqual(['open', 'demote', 'handOver', 'block', 'remove'])
  })
  test('whom one does not hear can be asked for again; who is blocked can be heard again', () => {
    expect(memberActions('member', { ...common, connection: 'waiting', blocked: true })).toEqual(['open', 'connect', 'unblock'])
    expect(memberActions('member', { ...common, connection: 'introducing' })).toContain('connect')
  })
})

test('only a member writes, and only an admin of it changes it', () => {
  expect(canWrite({ group: null })).toBe(true)
  expect(canWrite({ group: summary() })).toBe(true)
  for (const state of ['invited', 'joining', 'left', 'removed', 'dissolved'] as const) {
    expect(canWrite({ group: summary({ state }) })).toBe(false)
    expect(isAdmin(summary({ state }))).toBe(false)
  }
  expect((['owner', 'admin', 'member'] as const).map((role) => isAdmin(summary({ role })))).toEqual([true, true, false])
})

test('a run of messages is one person’s, and named at its beginning', () => {
  const items = [said(ada, minutes(9)), said(ada, minutes(8)), said(ben, minutes(7)), said(null, minutes(6)), said(ada, minutes(5))]
  const entries = groupItems(items, createDateWords({ timeLocale: 'en-GB', timeZone: 'UTC' }))
  expect(entries.flatMap((entry) => (entry.kind === 'message' ? [[entry.next, entry.author?.name ?? null]] : []))).toEqual([
    [false, 'Ada Nakamura'],
    [true, null],
    [false, 'Ben Okafor'],
    [false, null],
    [false, 'Ada Nakamura'],
  ])
})

test('a message names who reacted and whom it answers', () => {
  const quote = { id: 'x', own: false, author: ben, text: 'When?', state: 'here' as const, file: null }
  const reactions = [
    { emoji: '👍', own: false, author: ben },
    { emoji: '👍', own: true },
  ]
  expect(messageLabel(said(ada, 0, { reply: quote, reactions }), ada.name, '14:10')).toBe(
    'Ada Nakamura: hello in reply to Ben Okafor: When?, Ben Okafor: 👍, You: 👍, 14:10',
  )
})

describe('a group’s row', () => {
  const last = { text: 'hello', own: false, author: ada, at: 0, status: 'received', deleted: false, file: null } as const
  test('names who wrote last, and who is writing', () => {
    expect(conversationLine(group('Hikers', {}, { last }), false).text).toBe('Ada: hello')
    expect(conversationLine(group('Hikers', {}, { last: { ...last, deleted: true } }), false).text).toBe('Ada deleted this message')
    expect(conversationLine(group('Hikers', {}, { last }), false, true, ['Ada', 'Ben']).text).toBe('Ada and Ben are writing…')
  })
  test('says before all what became of it', () => {
    const lineOf = (about: Parameters<typeof summary>[0]) => conversationLine(group('Hikers', about, { last, draft: 'typed' }), false)
    expect(lineOf({ state: 'invited', inviter: 'Mira Holt' })).toMatchObject({ text: 'Mira invites you', attention: true })
    expect(lineOf({ state: 'joining' })).toMatchObject({ text: 'Joining…', attention: false })
    expect(lineOf({ state: 'removed' }).text).toBe('You were removed')
  })
})

test('a group is never drawn as a person is', () => {
  const ids = Array.from({ length: 200 }, (_, at) => `id ${at}`)
  const [people, groups] = [new Set(ids.map((id) => drawAvatar(id).outline)), new Set(ids.map((id) => drawGroupAvatar(id).outline))]
  expect(groups.size).toBe(1)
  expect([...groups].some((outline) => people.has(outline))).toBe(false)
  expect(new Set(ids.map((id) => JSON.stringify(drawGroupAvatar(id)))).size).toBeGreaterThan(190)
})

test('a picture’s first bytes say what it is', () => {
  expect(pictureAddress(btoa('\xff\xd8\xff\xe0 JFIF'))).toMatch(/^data:image\/jpeg;base64,\/9j/)
  expect(pictureAddress(btoa('RIFF....WEBP'))).toMatch(/^data:image\/webp;base64,/)
})

test('names in a row', () =>
  expect([['Ada'], ['Ada', 'Ben'], ['Ada', 'Ben', 'Cleo']].map(listed)).toEqual(['Ada', 'Ada and Ben', 'Ada, Ben and Cleo']))
