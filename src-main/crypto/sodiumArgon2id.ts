/**
 * Argon2id by libsodium, in the thread pool of the runtime. Half the time of node:crypto's (64 MiB, 3 passes: 150 ms against 300), whose
 * implementation is the portable one; and there in Electron, where node:crypto has none. Only one lane, and only salts of 16 bytes.
 */
import type { Kdf } from '../ports.ts'
import { hex } from '../protocol/bytes.ts'

type Input = Parameters<Kdf>[0]

const tagBytes = 32
const saltBytes = 16
/** Of the cheapest question; noble's answer (test/vectors/argon2id.test.ts). */
const trial = { passphrase: 'trial', salt: new Uint8Array(saltBytes).fill(7), memoryKiB: 8, passes: 1, lanes: 1 }
const expectedAnswer = '7ee8bd14c11438da1e9c596134794b95da787ee4a1676fb752ba2c13e59817a1'

/** What libsodium can do at all; an empty passphrase it is not asked for, as the binding has no address to give it. */
export const isForSodium = ({ passphrase, salt, lanes }: Input): boolean =>
  lanes === 1 && salt.length === saltBytes && passphrase.length > 0

/** Null where this platform has no libsodium, or one that answers something else. Rejects with the library's error, for lack of memory. */
export async function loadSodiumArgon2id(): Promise<Kdf | null> {
  try {
    const { default: sodium } = await import('sodium-native')
    const argon2id: Kdf = async ({ passphrase, salt, memoryKiB, passes }) => {
      const [tag, message] = [new Uint8Array(tagBytes), new TextEncoder().encode(passphrase)]
      try {
        await sodium.crypto_pwhash_async(tag, message, salt, passes, memoryKiB * 1024, sodium.crypto_pwhash_ALG_ARGON2ID13)
        return tag
      } finally {
        message.fill(0)
      }
    }
    return hex(await argon2id(trial)) === expectedAnswer ? argon2id : null
  } catch {
    return null // the answer to the question; another implementation does it then
  }
}
