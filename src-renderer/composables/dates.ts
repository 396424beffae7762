import type { Language } from '#shared/contract/appModels.ts'
import { createDateWords, type DateWords } from '../lib/dates.ts'

/** Times as the system writes them in that language, or as people of that language do. */
const timeLocaleOf = (language: Language): string => navigator.languages.find((tag) => tag.startsWith(language)) ?? language
const made = (language: Language) => createDateWords({ language, timeLocale: timeLocaleOf(language) })

let current = made('en')

/** Dates in the language of the words. */
export const dates: DateWords & { speak(language: Language): void } = {
  time: (at) => current.time(at),
  listTime: (at, now) => current.listTime(at, now),
  day: (at, now) => current.day(at, now),
  date: (at, now) => current.date(at, now),
  dateTime: (at, now) => current.dateTime(at, now),
  duration: (ms) => current.duration(ms),
  bytes: (count) => current.bytes(count),
  sameDay: (a, b) => current.sameDay(a, b),
  speak: (language) => void (current = made(language)),
}
