import type { Language } from '#shared/contract/appModels.ts'
import { CairnError } from '#shared/errors.ts'
import { en } from './en.ts'
import { errorWords, type ErrorWords } from './errors.ts'
import type { AllErrorWords, Words } from './types.ts'

export type { ErrorWords } from './errors.ts'

/** Of the language spoken now. What is made of them at one time is made anew when that changes (`App.vue`). */
export let words: Words = en
export let language: Language = 'en'
let errors: AllErrorWords = errorWords

/** From now on; what is not English is fetched first. */
export async function speak(wanted: Language): Promise<void> {
  if (wanted === 'de') {
    const german = await import('./de/index.ts')
    ;[words, errors] = [german.de, german.deErrors]
  } else [words, errors] = [en, errorWords]
  language = wanted
}

/** Words for any failure; what is not a `CairnError` reads as an inner fault. */
export function wordsFor(error: unknown): ErrorWords {
  return error instanceof CairnError ? errors[error.code](error.details) : errors.internal({})
}

/** The technical text behind *Copy details*: code and facts, never a secret. */
export const technicalText = (error: unknown, version: string): string =>
  JSON.stringify(
    error instanceof CairnError ? { cairn: version, code: error.code, ...error.details } : { cairn: version, error: String(error) },
  )
