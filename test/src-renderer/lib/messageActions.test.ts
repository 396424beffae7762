import { expect, test } from 'vitest'
import { hours, present, text } from '#test/support/fakeState.ts'
import { actionsFor } from '../../../src-renderer/lib/messageActions.ts'

const kept = { now: present, isKept: true, hasFailed: false }
const own = (sentAt: number, more = {}) => text('Mira Holt', 'x', sentAt, { own: true, ...more })

test('an own text can be changed for a day', () => {
  expect(actionsFor(own(hours(23)), kept)).toContain('edit')
  expect(actionsFor(own(hours(24)), kept)).not.toContain('edit')
})
test('what somebody else wrote cannot', () => expect(actionsFor(text('Mira Holt', 'x', hours(1)), kept)).not.toContain('edit'))
test('pinned or not', () => {
  expect(actionsFor(own(hours(1)), kept)).toEqual(['reply', 'react', 'copy', 'edit', 'forward', 'pin', 'select', 'delete'])
  expect(actionsFor(own(hours(30), { pinned: true }), kept)).toEqual(['reply', 'react', 'copy', 'forward', 'unpin', 'select', 'delete'])
})
test('what was taken back can only go', () => expect(actionsFor(own(hours(1), { deleted: true }), kept)).toEqual(['select', 'delete']))
test('what the app does not have yet can be copied, and given up once it has failed', () => {
  expect(actionsFor(own(present), { ...kept, isKept: false })).toEqual(['copy'])
  expect(actionsFor(own(present), { ...kept, isKept: false, hasFailed: true })).toEqual(['copy', 'delete'])
})
