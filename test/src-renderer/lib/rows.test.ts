import { describe, expect, test } from 'vitest'
import { invite, people, person } from '#test/support/fakeState.ts'
import { conversationLine, inviteLine } from '../../../src-renderer/lib/rows.ts'

describe('what a row says', () => {
  test('needs a reset before everything that was said', () => {
    expect(conversationLine({ ...people.tomasz, draft: 'typed' }, false)).toMatchObject({
      text: '3 messages can’t be read yet',
      attention: true,
      icon: 'broken',
    })
    expect(conversationLine(person('A', { trouble: { kind: 'broken', since: 0, waiting: 0 } }), false).text).toBe('Needs a reset')
  })
  test('a draft shows while the conversation is not open', () => {
    expect(conversationLine(people.dad, false)).toMatchObject({ lead: 'Draft:', text: 'I’ll call when the train gets in', draft: true })
    expect(conversationLine(people.dad, true)).toMatchObject({ lead: '', text: 'ok' })
  })
  test('an own message has ticks, a received one none', () => {
    expect(conversationLine(people.mira, false)).toMatchObject({ text: 'You: Beautiful. I’ll print the map.', ticks: 'delivered' })
    expect(conversationLine(people.keiko, false).ticks).toBeNull()
  })
  test('an exchange says its step; a question waits for the person', () => {
    expect(conversationLine(people.noor, false).text).toBe('Answered · step 2 of 3')
    expect(conversationLine(people.priya, false)).toMatchObject({ text: 'Has a question for you', attention: true })
  })
  test('blocked comes first', () => expect(conversationLine({ ...people.tomasz, state: 'blocked' }, false).text).toBe('Blocked'))
  test('invites', () => {
    expect(inviteLine(invite('Lena')).text).toBe('Waiting for answer · step 1 of 3')
    expect(
      inviteLine(
        invite('Lena', {
          state: 'preparing',
          steps: [
            { name: 'invited', at: null },
            { name: 'answered', at: null },
            { name: 'open', at: null },
          ],
        }),
      ).text,
    ).toBe('Preparing the link · step 1 of 3')
    expect(inviteLine(invite('Lena', { state: 'expired' })).text).toBe('Expired')
  })
})
