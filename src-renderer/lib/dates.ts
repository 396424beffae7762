import type { Language } from '#shared/contract/appModels.ts'

/** Times, dates and amounts in words. Days follow the person's time zone; everything is computed from `now`, so it can be tested. */
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
  /** "2 days", "3 hours", "1 minute": the largest unit that fits, rounded down. */
  duration(ms: number): string
  /** "3.4 MB". */
  bytes(count: number): string
  /** Same calendar day. */
  sameDay(a: number, b: number): boolean
}

export function createDateWords(options: { language?: Language; timeLocale?: string | undefined; timeZone?: string } = {}): DateWords {
  const language = options.language ?? 'en'
  const tag = language === 'en' ? 'en-GB' : language // "4 June"
  const zone = options.timeZone === undefined ? {} : { timeZone: options.timeZone }
  const format = (locale: string | undefined, parts: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { ...parts, ...zone })
  const clock = format(options.timeLocale, { hour: '2-digit', minute: '2-digit' })
  const key = format('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' })
  const shortWeekday = format(tag, { weekday: 'short' })
  const weekday = format(tag, { weekday: 'long' })
  const dayMonth = format(tag, { day: 'numeric', month: 'long' })
  const dayMonthYear = format(tag, { day: 'numeric', month: 'long', year: 'numeric' })

  const time = (at: number) => clock.format(at)
  const dayNumber = (at: number) => Date.parse(key.format(at)) / 86_400_000
  const daysAgo = (at: number, now: number) => dayNumber(now) - dayNumber(at)
  const date = (at: number, now: number) =>
    (key.format(at).slice(0, 4) === key.format(now).slice(0, 4) ? dayMonth : dayMonthYear).format(at)
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' })
  /** "today", "yesterday", "tomorrow". */
  const named = (ago: number) => (Math.abs(ago) <= 1 ? relative.format(-ago, 'day') : null)

  return {
    time,
    date,
    listTime(at, now) {
      const ago = daysAgo(at, now)
      return ago === 0 ? time(at) : ago > 0 && ago < 7 ? shortWeekday.format(at) : date(at, now)
    },
    day(at, now) {
      const ago = daysAgo(at, now)
      return capital(named(ago)) ?? (ago > 1 && ago < 7 ? weekday.format(at) : date(at, now))
    },
    dateTime(at, now) {
      return `${named(daysAgo(at, now)) ?? date(at, now)}, ${time(at)}`
    },
    duration(ms) {
      const [size, unit] = units.find(([size]) => ms >= size) ?? units[2]
      return new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(Math.max(1, Math.floor(ms / size)))
    },
    bytes(count) {
      const step = Math.min(byteUnits.length - 1, Math.max(1, Math.floor(Math.log10(Math.max(1, count)) / 3)))
      const value = count / 1000 ** step
      return `${new Intl.NumberFormat(tag, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)} ${byteUnits[step]}`
    },
    sameDay: (a, b) => dayNumber(a) === dayNumber(b),
  }
}

const capital = (word: string | null): string | null => (word === null ? null : word.charAt(0).toUpperCase() + word.slice(1))

const units = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
] as const
const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB']
