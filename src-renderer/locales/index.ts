import { CairnError } from '#shared/errors.ts'
import { en } from './en.ts'
import { errorWords, type ErrorWords } from './errors.ts'

/** The words the program speaks. Another language is another value of this type. */
export type Words = typeof en
export const words: Words = en
export type { ErrorWords } from './errors.ts'

/** Words for any failure; what is not a `CairnError` reads as an inner fault. */
export function wordsFor(error: unknown): ErrorWords {
  return error instanceof CairnError ? errorWords[error.code](error.details) : errorWords.internal({})
}

/** The technical text behind *Copy details*: code and facts, never a secret. */
export const technicalText = (error: unknown, version: string): string =>
  JSON.stringify(
    error instanceof CairnError ? { cairn: version, code: error.code, ...error.details } : { cairn: version, error: String(error) },
  )
