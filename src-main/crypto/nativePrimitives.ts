/**
 * The primitives by native code where this runtime has it, by noble elsewhere: hashes, ML-KEM-768 and
 * ChaCha20-Poly1305 by node:crypto, curves and the rest of authenticated encryption by libsodium. Runtimes differ (Electron is built on BoringSSL), so each algorithm has to answer a
 * trial when the provider is made, and is left to noble if it cannot.
 */
import type { Primitives } from '../protocol/primitives.ts'
import { noblePrimitives, type Sntrup761 } from './noblePrimitives.ts'
import { chacha20poly1305 } from './nodeChacha.ts'
import { createHkdf, createHkdfExpand, createHmac, sha256 } from './nodeHashes.ts'
import { createMlKem768 } from './nodeMlKem.ts'
import type { SodiumPrimitives } from './sodiumPrimitives.ts'
import { choose, type Algorithm } from './trials.ts'

/** `sodium` is null where this platform has no libsodium. */
export function nativePrimitives(sntrup761: Sntrup761, sodium: SodiumPrimitives | null): Primitives {
  const noble = noblePrimitives(sntrup761)
  const orNoble = <A extends Algorithm>(algorithm: A, native: Primitives[A] | undefined) =>
    native ? choose(algorithm, native, noble[algorithm], noble.sha256) : noble[algorithm]
  const hmac = orNoble('hmac', createHmac())
  return {
    sha256: orNoble('sha256', sha256),
    hmac,
    hkdf: orNoble('hkdf', createHkdf(hmac)),
    hkdfExpand: createHkdfExpand(hmac),
    x25519: orNoble('x25519', sodium?.x25519),
    ed25519: orNoble('ed25519', sodium?.ed25519),
    mlKem768: orNoble('mlKem768', createMlKem768()),
    sntrup761,
    xchacha20poly1305: orNoble('xchacha20poly1305', sodium?.xchacha20poly1305),
    chacha20poly1305: orNoble('chacha20poly1305', sodium?.chacha20poly1305 ?? chacha20poly1305),
    secretbox: orNoble('secretbox', sodium?.secretbox),
  }
}
