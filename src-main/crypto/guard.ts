import { CairnError } from '#shared/errors.ts'

/**
 * Failed cryptography says only that it failed: whatever `run` throws leaves as `crypto.failed`, without its cause.
 *
 * No stack traces are taken meanwhile. Nobody would see them, and node:crypto finds out what kind of key it was given by
 * throwing and catching several errors: with their traces that is most of the time an import of a raw key takes.
 */
export const guard = <T>(run: () => T): T => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return run()
  } catch {
    Error.stackTraceLimit = limit
    throw new CairnError('crypto.failed')
  } finally {
    Error.stackTraceLimit = limit
  }
}

/** Libraries differ in what they say of a wrong length; here it is one answer. */
export const expectLength = (bytes: Uint8Array, length: number): void => {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) throw new CairnError('crypto.failed')
}
