import { describe, expect, test } from 'vitest'
import { createDateWords } from '../../../src-renderer/lib/dates.ts'

const dates = createDateWords({ timeLocale: 'en-GB', timeZone: 'UTC' })
const now = Date.UTC(2026, 4, 21, 14, 10) // a Thursday
const at = (day: number, hour = 9, month = 4, year = 2026) => Date.UTC(year, month, day, hour)

describe('date words', () => {
  test.each([
    [at(21), '09:00'],
    [at(20), 'Wed'],
    [at(15), 'Fri'],
    [at(14), '14 May'],
    [at(14, 9, 4, 2025), '14 May 2025'],
  ])('a list row shows a time today, a weekday this week, a date before', (when, words) => {
    expect(dates.listTime(when, now)).toBe(words)
  })

  test.each([
    [at(21), 'Today'],
    [at(20, 23), 'Yesterday'],
    [at(18), 'Monday'],
    [at(3), '3 May'],
    [at(3, 9, 4, 2024), '3 May 2024'],
  ])('the line between days', (when, words) => expect(dates.day(when, now)).toBe(words))

  test('a clock that is ahead never becomes a weekday of the past', () => {
    expect(dates.listTime(at(23), now)).toBe('23 May')
    expect(dates.day(at(22), now)).toBe('Tomorrow')
  })

  test('days follow the time zone, not UTC', () => {
    const tokyo = createDateWords({ timeLocale: 'en-GB', timeZone: 'Asia/Tokyo' })
    expect(tokyo.sameDay(Date.UTC(2026, 4, 21, 14, 59), Date.UTC(2026, 4, 21, 15, 1))).toBe(false)
    expect(dates.sameDay(Date.UTC(2026, 4, 21, 14, 59), Date.UTC(2026, 4, 21, 15, 1))).toBe(true)
  })

  test('date and time in one', () => {
    expect(dates.dateTime(at(21, 14), now)).toBe('today, 14:00')
    expect(dates.dateTime(at(3, 18), now)).toBe('3 May, 18:00')
  })
})

test.each([
  [2 * 86_400_000 + 5, '2 days'],
  [86_400_000, '1 day'],
  [3 * 3_600_000, '3 hours'],
  [61_000, '1 minute'],
  [0, '1 minute'],
])('durations in the largest unit that fits', (ms, words) => expect(dates.duration(ms)).toBe(words))
