import { describe, expect, test } from 'vitest'
import type { Item } from '#shared/contract/itemModels.ts'
import { fakeId, system, text } from '#test/support/fakeState.ts'
import { createDateWords } from '../../../src-renderer/lib/dates.ts'
import { firstUnread, groupItems } from '../../../src-renderer/lib/grouping.ts'

const dates = createDateWords({ timeLocale: 'en-GB', timeZone: 'UTC' })
const at = (day: number, hour: number, minute = 0) => Date.UTC(2026, 4, day, hour, minute)
const say = (when: number, own = false) => text('Mira', 'hello', when, { own })
const kinds = (items: Item[], more = {}) =>
  groupItems(items, dates, more).map((entry) => (entry.kind === 'message' && entry.next ? 'next' : entry.kind))

describe('groupItems', () => {
  test('nothing makes nothing', () => expect(groupItems([], dates)).toEqual([]))

  test('a day line stands before the first item of each day', () => {
    expect(kinds([say(at(20, 9)), say(at(20, 20)), say(at(21, 9))])).toEqual(['day', 'message', 'message', 'day', 'message'])
  })

  test('messages of one person within five minutes form a group; another person or a pause ends it', () => {
    expect(kinds([say(at(20, 9, 0)), say(at(20, 9, 4)), say(at(20, 9, 5), true), say(at(20, 9, 6)), say(at(20, 9, 12))])).toEqual([
      'day',
      'message',
      'next',
      'message',
      'message',
      'message',
    ])
  })

  test('a system line ends a group', () => {
    expect(kinds([say(at(20, 9, 0)), system('Mira', 'verified', at(20, 9, 1)), say(at(20, 9, 2))])).toEqual([
      'day',
      'message',
      'system',
      'message',
    ])
  })

  test('resets that follow one another on a day become one line with the sum of what arrived', () => {
    const reset = (minute: number, count: number) => system('Mira', 'reset', at(20, 9, minute), { count })
    const entries = groupItems([reset(0, 1), reset(5, 0), reset(9, 2)], dates)
    expect(entries).toHaveLength(2)
    expect(entries[1]).toMatchObject({ kind: 'system', repeats: 3, item: { count: 3, at: at(20, 9, 9) } })
  })

  test('resets on different days or with a message between stay apart', () => {
    const reset = (day: number, minute: number) => system('Mira', 'reset', at(day, 9, minute))
    expect(kinds([reset(20, 0), reset(21, 0)])).toEqual(['day', 'system', 'day', 'system'])
    expect(kinds([reset(20, 0), say(at(20, 9, 1)), reset(20, 2)])).toEqual(['day', 'system', 'message', 'system'])
  })

  test('the held line stands where the first unreadable message belongs, below its day', () => {
    const items = [say(at(20, 9)), say(at(21, 13), true)]
    expect(kinds(items, { held: { count: 3, since: at(21, 12) } })).toEqual(['day', 'message', 'day', 'held', 'message'])
    expect(kinds(items, { held: { count: 3, since: at(20, 12) } })).toEqual(['day', 'message', 'held', 'day', 'message'])
    expect(kinds(items, { held: { count: 3, since: at(21, 14) } })).toEqual(['day', 'message', 'day', 'message', 'held'])
    expect(kinds([], { held: { count: 1, since: at(21, 14) } })).toEqual(['held'])
  })

  test('new messages get a line before the first of them', () => {
    const items = [say(at(20, 9)), say(at(20, 10)), say(at(20, 11))]
    expect(kinds(items, { firstNew: items[1]!.id })).toEqual(['day', 'message', 'new', 'message', 'message'])
  })

  test('every entry has a key of its own', () => {
    const items = Array.from({ length: 50 }, (_, i) => (i % 5 === 0 ? system('Mira', 'verified', at(20, 9, i)) : say(at(20, 9, i))))
    const keys = groupItems(items, dates).map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('firstUnread', () => {
  const items = [say(1), say(2, true), say(3), say(4)]
  test('counts received messages from the end', () => {
    expect(firstUnread(items, 0)).toBeNull()
    expect(firstUnread(items, 1)).toBe(items[3]!.id)
    expect(firstUnread(items, 2)).toBe(items[2]!.id)
    expect(firstUnread(items, 3)).toBe(items[0]!.id)
  })
  test('more unread than loaded begins at the oldest loaded', () => expect(firstUnread(items, 99)).toBe(items[0]!.id))
  test('no received message, no line', () => expect(firstUnread([say(1, true)], 5)).toBeNull())
})

test('scripted ids look like ids', () => expect(fakeId('Mira Holt')).toMatch(/^[0-9a-f]{64}$/))
