import { expect, test } from 'vitest'
import { rove } from '../../../src-renderer/composables/roving.ts'

test.each([
  ['ArrowDown', 0, 1],
  ['ArrowDown', 2, 2],
  ['ArrowUp', 0, 0],
  ['Home', 2, 0],
  ['End', 0, 2],
  ['ArrowRight', 0, null],
  ['a', 0, null],
])('in a list of three %s from %i leads to %o', (key, from, to) => expect(rove(key, from, 3)).toBe(to))
test('tabs go round', () => {
  expect(rove('ArrowRight', 1, 2, 'horizontal')).toBe(0)
  expect(rove('ArrowLeft', 0, 2, 'horizontal')).toBe(1)
})
test('an empty list goes nowhere', () => expect(rove('End', -1, 0)).toBeNull())
