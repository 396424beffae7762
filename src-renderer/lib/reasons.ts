import { CairnError, errorCodes, type ErrorCode } from '#shared/errors.ts'
import { wordsFor } from '../locales/index.ts'

/** The failure behind an error code of the models; null where there is none, or none that this window knows. */
export const failureOf = (code: string | null): CairnError | null =>
  code !== null && Object.hasOwn(errorCodes, code) ? new CairnError(code as ErrorCode) : null

/** Why, in one short sentence; empty where there is nothing to say. */
export const reason = (code: string | null): string => {
  const failure = failureOf(code)
  return failure ? wordsFor(failure).title : ''
}
