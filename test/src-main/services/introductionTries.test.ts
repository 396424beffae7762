import { expect, test } from 'vitest'
import { nextTry } from '#main/services/introductions/tries.ts'

const hour = 3600_000

test('three tries at most: at once, an hour after the first has ended, a day after the second', () => {
  expect(nextTry([])).toBe(0)
  expect(nextTry([{ changed: 5 }])).toBe(5 + hour)
  expect(nextTry([{ changed: 9 }, { changed: 5 }])).toBe(9 + 24 * hour)
  expect(nextTry([{ changed: 12 }, { changed: 9 }, { changed: 5 }])).toBeNull()
})
