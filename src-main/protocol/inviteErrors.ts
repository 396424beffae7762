import * as v from 'valibot'
import { CairnError, isCairnError, type ErrorCode } from '#shared/errors.ts'
import { decodeCbor, u64 } from './cbor.ts'

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

const versionSchema = v.looseObject({ v: u64() })

/** Looks at the version before anything else, so that a newer form is called newer and not damaged. Throws `invite.newer-version`. */
export const decodeVersion1 = <Schema extends v.GenericSchema>(bytes: Uint8Array, schema: Schema): v.InferOutput<Schema> => {
  if (decodeCbor(bytes, versionSchema).v > 1) throw new CairnError('invite.newer-version')
  return decodeCbor(bytes, schema)
}
