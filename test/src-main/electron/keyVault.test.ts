import { describe, expect, it } from 'vitest'
import { createKeyVault } from '#main/electron/keyVault.ts'
import { FakeSafeStorage } from '#test/support/fakeElectron.ts'

describe('the keychain by way of Electron', () => {
  it.each(['basic_text', 'unknown'] as const)('is none on Linux where Chromium falls back to %s', async (backend) => {
    const vault = createKeyVault(Object.assign(new FakeSafeStorage(), { backend }), 'linux')
    expect(await vault.available()).toBe(false)
    await expect(vault.seal(new Uint8Array(32))).rejects.toMatchObject({ code: 'keychain.unavailable', details: { backend } })
  })

  it.each(['darwin', 'win32'] as const)('does not ask %s for a backend, which only Linux has', async (platform) => {
    const storage = new FakeSafeStorage()
    storage.getSelectedStorageBackend = () => {
      throw new Error('not on this platform')
    }
    const vault = createKeyVault(storage, platform)
    expect(await vault.available()).toBe(true)
    expect(await vault.open(await vault.seal(Uint8Array.of(1, 2, 3)))).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('takes a question about the keychain that fails for a locked one', async () => {
    const storage = new FakeSafeStorage()
    storage.isAsyncEncryptionAvailable = () => Promise.reject(new Error('D-Bus is gone'))
    const vault = createKeyVault(storage, 'linux')
    expect(await vault.available()).toBe(false)
    await expect(vault.open(new Uint8Array(8))).rejects.toMatchObject({ code: 'keychain.locked' })
  })

  it('puts nothing of a foreign error into its own', async () => {
    const storage = new FakeSafeStorage()
    storage.decryptStringAsync = () => Promise.reject(new Error('cannot decrypt s3cret'))
    const refusal = await createKeyVault(storage, 'linux')
      .open(new Uint8Array(8))
      .catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'keychain.refused' })
    expect((refusal as Error).cause).toBeUndefined()
  })
})
