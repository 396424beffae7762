/** Times and dates in words. Days follow the person's time zone; everything is computed from `now`, so it can be tested. */
export interface DateWords {
  /** "14:06", as the system writes times. */
  time(at: number): string
  /** For list rows: a time today, a weekday this week, a date before. */
  listTime(at: number, now: number): string
  /** For the line between days: "Today", "Yesterday", "Wednesday", "4 June". */
  day(at: number, now: number): string
  /** "4 June", with the year when it is not this one. */
  date(at: number, now: number): string
  /** "today, 14:02" or "3 May, 18:20". */
  dateTime(at: number, now: number): string
  /** Same calendar day. */
  sameDay(a: number, b: number): boolean
}

export function createDateWords(options: { timeLocale?: string | undefined; timeZone?: string } = {}): DateWords {
  const zone = options.timeZone === undefined ? {} : { timeZone: options.timeZone }
  const format = (locale: string | undefined, parts: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { ...parts, ...zone })
  const clock = format(options.timeLocale, { hour: '2-digit', minute: '2-digit' })
  const key = format('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' })
  const shortWeekday = format('en-GB', { weekday: 'short' })
  const weekday = format('en-GB', { weekday: 'long' })
  const dayMonth = format('en-GB', { day: 'numeric', month: 'long' })
  const dayMonthYear = format('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })

  const time = (at: number) => clock.format(at)
  const dayNumber = (at: number) => Date.parse(key.format(at)) / 86_400_000
  const daysAgo = (at: number, now: number) => dayNumber(now) - dayNumber(at)
  const date = (at: number, now: number) =>
    (key.format(at).slice(0, 4) === key.format(now).slice(0, 4) ? dayMonth : dayMonthYear).format(at)
  const named = (ago: number) => (ago === 0 ? 'Today' : ago === 1 ? 'Yesterday' : ago === -1 ? 'Tomorrow' : null)

  return {
    time,
    date,
    listTime(at, now) {
      const ago = daysAgo(at, now)
      return ago === 0 ? time(at) : ago > 0 && ago < 7 ? shortWeekday.format(at) : date(at, now)
    },
    day(at, now) {
      const ago = daysAgo(at, now)
      return named(ago) ?? (ago > 1 && ago < 7 ? weekday.format(at) : date(at, now))
    },
    dateTime(at, now) {
      return `${named(daysAgo(at, now))?.toLowerCase() ?? date(at, now)}, ${time(at)}`
    },
    sameDay: (a, b) => dayNumber(a) === dayNumber(b),
  }
}

const units: [number, string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
]

/** "2 days", "3 hours", "1 minute": the largest unit that fits, rounded down. */
export function durationWords(ms: number): string {
  const [size, name] = units.find(([unit]) => ms >= unit) ?? units[2]!
  const count = Math.max(1, Math.floor(ms / size))
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
