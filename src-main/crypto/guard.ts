import { CairnError } from '#shared/errors.ts'

/** Failed cryptography says only that it failed: whatever `run` throws leaves as `crypto.failed`, without its cause. */
export const guard = <T>(run: () => T): T => {
  try {
    return run()
  } catch {
    throw new CairnError('crypto.failed')
  }
}

/** Libraries differ in what they say of a wrong length; here it is one answer. */
export const expectLength = (bytes: Uint8Array, length: number): void => {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) throw new CairnError('crypto.failed')
}
