/**
 * What an implementation must answer before it is trusted with an algorithm: one fixed question each, and the SHA-256 of the
 * answer. Runtimes differ in what they offer, and asking noble itself instead would cost a tenth of a second at every start.
 * The tests hold noble to these answers, and every provider to the published vectors.
 */
import { concat, equalBytes, hex } from '../protocol/bytes.ts'
import type { Primitives } from '../protocol/primitives.ts'

export type Algorithm =
  'sha256' | 'hmac' | 'hkdf' | 'x25519' | 'ed25519' | 'mlKem768' | 'xchacha20poly1305' | 'chacha20poly1305' | 'secretbox'

const filled = (length: number) => new Uint8Array(length).fill(7)

/** Throws, or answers something else, where the algorithm is missing or wrong. */
export const trials: { [A in Algorithm]: (candidate: Primitives[A]) => Uint8Array } = {
  sha256: (sha256) => concat(sha256(), sha256(filled(100), filled(24))),
  hmac: (hmac) => hmac(filled(32), filled(100), filled(24)),
  hkdf: (hkdf) => concat(hkdf(filled(32), filled(100), 100, filled(24)), hkdf(filled(32), filled(0), 7)),
  x25519: (x25519) => x25519.sharedSecret(filled(32), x25519.publicKey(filled(32))),
  ed25519: (ed25519) => concat(ed25519.publicKey(filled(32)), ed25519.sign(filled(32), filled(100))), // `verify` stands on the same code
  mlKem768: (mlKem768) => {
    const publicKey = mlKem768.publicKey(filled(64))
    const { cipherText, sharedSecret } = mlKem768.encapsulate(publicKey)
    if (!equalBytes(mlKem768.decapsulate(filled(64), cipherText), sharedSecret)) throw new RangeError()
    return concat(publicKey, mlKem768.decapsulate(filled(64), filled(1088)))
  },
  xchacha20poly1305: (xchacha20poly1305) => {
    const sealed = xchacha20poly1305.seal(filled(32), filled(24), filled(100), filled(64))
    return concat(sealed, xchacha20poly1305.open(filled(32), filled(24), sealed, filled(64)))
  },
  chacha20poly1305: (chacha20poly1305) => {
    const sealed = chacha20poly1305.seal(filled(32), filled(12), filled(100), filled(64))
    return concat(sealed, chacha20poly1305.open(filled(32), filled(12), sealed, filled(64)))
  },
  secretbox: (secretbox) => {
    const sealed = secretbox.seal(filled(32), filled(24), filled(100))
    return concat(sealed, secretbox.open(filled(32), filled(24), sealed))
  },
}

export const expectedAnswers: Record<Algorithm, string> = {
  sha256: 'aa3355465fe4bd1d00a25de1eaac2bc91222a1cd4aa6eb47e6ae0690c7cba76a',
  hmac: 'a37fe7ace76249364f3296f71567466a7f7886e76f1c771680bf39a63cdaf6ac',
  hkdf: '051c1927b9ce0919219bbf8f61ae0a2c80e74d98cbd33c0553b5bcb72f763b38',
  x25519: 'b0d2e7bffc931967d0f1e87174ab2f4272b5fb52f526d059ef77f8ddac264541',
  ed25519: 'c11107fcbc198507c67f67534ba6088b45b73e4ef17ae645fc603c9cd28b5314',
  mlKem768: '63b220e548ea69bdf479c08cb6a0dff9c25113b4a85d2edf1c7a8a15f501d87f',
  chacha20poly1305: 'de5bbe2c2674ce4216c9eb5226ac5d4c0478464bf323b6c6442b5c8dbc38bf0c',
  secretbox: '4462915c80ce7c9abeeccaf4982a681d4b07e0251422ed9b07393d2e4be50b40',
  xchacha20poly1305: '4bfe4172e380e11d51f980930fd1c23e7cf0c716d6aa86ce5124b1e624806e1e',
}

/** `candidate` if it answers the trial of `algorithm`, else `fallback`. `sha256` is of the fallback's provider. */
export const choose = <A extends Algorithm>(
  algorithm: A,
  candidate: Primitives[A],
  fallback: Primitives[A],
  sha256: Primitives['sha256'],
): Primitives[A] => {
  try {
    return hex(sha256(trials[algorithm](candidate))) === expectedAnswers[algorithm] ? candidate : fallback
  } catch {
    return fallback // this runtime lacks the algorithm
  }
}
