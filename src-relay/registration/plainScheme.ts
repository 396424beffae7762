/**
 * The scheme of seed 000 as a client written from its text alone has it, served under `--compat omni`: key = X25519(static, static) as it
 * is, a random nonce, ChaCha20-Poly1305 without associated data. Nothing in it tells a replay from a request, one route's request from
 * another's, or a request from a response; and who ever gets a static key reads everything there was.
 */
import { randomBytes } from 'node:crypto'
import { base64 } from '@scure/base'
import type { SealedPrimitives } from '#main/protocol/sealedApi.ts'
import type { ApiRequest } from '../api/router.ts'
import { envelopeOf, opening, sealedReply, withPlaintext, type Opened } from './sealedEnvelope.ts'

const nothing = new Uint8Array()

/** @throws Problem `malformed`, `unauthorized` */
export function openPlain(
  { chacha20poly1305 }: SealedPrimitives,
  { clientId, key }: { clientId: string; key: Uint8Array },
  request: ApiRequest,
): Opened {
  const message = envelopeOf(request) // none: there was nothing to encrypt
  const plaintext = message === null ? nothing : opening(() => chacha20poly1305.open(key, message.nonce, message.ciphertext, nothing))
  return {
    request: withPlaintext(request, clientId, plaintext),
    seal: (reply) =>
      sealedReply(reply, (body) => {
        const nonce = new Uint8Array(randomBytes(12))
        return { nonce: base64.encode(nonce), ciphertext: base64.encode(chacha20poly1305.seal(key, nonce, body, nothing)) }
      }),
  }
}
