/** ChaCha20-Poly1305 (RFC 8439) by node:crypto. */
import * as crypto from 'node:crypto'
import type { Primitives } from '../protocol/primitives.ts'
import { expectLength, guard } from './guard.ts'

const algorithm = 'chacha20-poly1305'
const tagBytes = 16
const options = { authTagLength: tagBytes }

const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

export const chacha20poly1305: Primitives['chacha20poly1305'] = {
  seal: (key, nonce, plaintext, associatedData) =>
    guard(() => {
      expectLength(nonce, 12) // OpenSSL pads a shorter one
      const cipher = crypto.createCipheriv(algorithm, key, nonce, options)
      cipher.setAAD(associatedData, { plaintextLength: plaintext.length })
      const body = cipher.update(plaintext)
      cipher.final()
      return joined(body, cipher.getAuthTag())
    }),
  open: (key, nonce, sealed, associatedData) =>
    guard(() => {
      expectLength(nonce, 12)
      const length = sealed.length - tagBytes
      if (length < 0) throw new RangeError()
      const decipher = crypto.createDecipheriv(algorithm, key, nonce, options)
      decipher.setAAD(associatedData, { plaintextLength: length })
      decipher.setAuthTag(sealed.subarray(length))
      const body = decipher.update(sealed.subarray(0, length))
      decipher.final() // throws where the tag is another
      return joined(body)
    }),
}
