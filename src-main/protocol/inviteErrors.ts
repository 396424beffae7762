import { CairnError, isCairnError, type ErrorCode } from '#shared/errors.ts'

const named: Partial<Record<ErrorCode, ErrorCode>> = { 'codec.newer-version': 'invite.newer-version' }

/** Runs `decode`; what codecs and cryptography say of an invite's parts leaves in an invite's words. */
export const inInviteWords = <T>(decode: () => T): T => {
  try {
    return decode()
  } catch (cause) {
    if (!isCairnError(cause)) throw cause
    throw new CairnError(cause.family === 'Protocol' ? cause.code : (named[cause.code] ?? 'invite.damaged'), { cause })
  }
}
