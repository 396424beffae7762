import { createDateWords } from '../lib/dates.ts'

/** Dates in the language of the words, times as the system writes them. */
export const dates = createDateWords({ timeLocale: navigator.language })
