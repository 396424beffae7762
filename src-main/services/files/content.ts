/** Bytes and what they look like. */
import { base64 } from '@scure/base'
import { CairnError } from '#shared/errors.ts'

/** Throws `input.invalid`. */
export function fromBase64(text: string): Uint8Array {
  try {
    return base64.decode(text)
  } catch (error) {
    throw new CairnError('input.invalid', { cause: error, details: { path: 'data' } })
  }
}

const startsWith = (bytes: Uint8Array, at: number, text: string): boolean =>
  [...text].every((char, i) => bytes[at + i] === char.charCodeAt(0))

/** JPEG or WebP, by its first bytes: what a preview may be. */
export const pictureType = (bytes: Uint8Array): 'image/jpeg' | 'image/webp' | null => {
  if (startsWith(bytes, 0, '\xff\xd8\xff')) return 'image/jpeg'
  return startsWith(bytes, 0, 'RIFF') && startsWith(bytes, 8, 'WEBP') ? 'image/webp' : null
}

export const isPicture = (bytes: Uint8Array): boolean => pictureType(bytes) !== null
