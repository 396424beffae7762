/** Padding of ISO/IEC 7816-4: 0x80, then zeros. It is unpadded only after authentication, so it need not hide its timing. */
import { CairnError } from '#shared/errors.ts'

/** `plaintext` padded to exactly `size` bytes; at least one is added. Throws `codec.too-large`. */
export const pad = (plaintext: Uint8Array, size: number): Uint8Array => {
  if (plaintext.length >= size) throw new CairnError('codec.too-large')
  const padded = new Uint8Array(size)
  padded.set(plaintext)
  padded[plaintext.length] = 0x80
  return padded
}

/** A copy without the padding. Throws `codec.malformed`. */
export const unpad = (padded: Uint8Array): Uint8Array => {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  if (end < 0 || padded[end] !== 0x80) throw new CairnError('codec.malformed')
  return padded.slice(0, end)
}
