/** A keychain in memory, for tests of what stands on one. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { CairnError } from '#shared/errors.ts'
import type { KeyVault } from '#main/ports.ts'

export interface MemoryKeychain {
  vault(): KeyVault
  lock(): void
  unlock(): void
  remove(): void
}

export function createMemoryKeychain(): MemoryKeychain {
  const key = randomBytes(32)
  let state: 'open' | 'locked' | 'absent' = 'open'
  const demand = (): void => {
    if (state === 'absent') throw new CairnError('keychain.unavailable')
    if (state === 'locked') throw new CairnError('keychain.locked')
  }
  const vault = (): KeyVault => ({
    available: async () => state === 'open',
    async seal(secret) {
      demand()
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const sealed = Buffer.concat([cipher.update(secret), cipher.final()])
      return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), sealed]))
    },
    async open(sealed) {
      demand()
      if (sealed.length < 28) throw new CairnError('keychain.refused')
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAuthTag(sealed.subarray(12, 28))
      try {
        return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]))
      } catch {
        throw new CairnError('keychain.refused')
      }
    },
  })
  const become = (next: typeof state) => () => void (state = next)
  return { vault, lock: become('locked'), unlock: become('open'), remove: become('absent') }
}
