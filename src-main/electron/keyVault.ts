/** The system's keychain, by Electron's `safeStorage`: Keychain on macOS, DPAPI on Windows, the Secret Service or KWallet on Linux. */
import { CairnError } from '#shared/errors.ts'
import type { KeyVault } from '../ports.ts'
import type { SafeStorageApi } from './api.ts'

/** On Linux without a keyring, Chromium "encrypts" with a password that is in its source: that is no lock. */
const noLock = ['basic_text', 'unknown']

export function createKeyVault(safeStorage: SafeStorageApi, platform: NodeJS.Platform): KeyVault {
  const backend = (): string => (platform === 'linux' ? safeStorage.getSelectedStorageBackend() : platform)
  const isSafe = (): boolean => !noLock.includes(backend())

  /** Errors: `keychain.unavailable`, `keychain.locked`. */
  const demand = async (): Promise<void> => {
    if (!isSafe()) throw new CairnError('keychain.unavailable', { details: { backend: backend() } })
    if (!(await isReady())) throw new CairnError('keychain.locked', { details: { backend: backend() } })
  }
  const isReady = (): Promise<boolean> => safeStorage.isAsyncEncryptionAvailable().catch(() => false)

  return {
    available: async () => isSafe() && (await isReady()),
    async seal(secret) {
      await demand()
      try {
        // It takes texts alone.
        return new Uint8Array(await safeStorage.encryptStringAsync(Buffer.from(secret).toString('base64')))
      } catch (cause) {
        throw new CairnError('keychain.locked', { cause })
      }
    },
    async open(sealed) {
      await demand()
      try {
        const { result } = await safeStorage.decryptStringAsync(Buffer.from(sealed))
        return new Uint8Array(Buffer.from(result, 'base64'))
      } catch {
        throw new CairnError('keychain.refused') // no cause: a foreign message may quote what it choked on
      }
    },
  }
}
