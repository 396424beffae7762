import { createKeyVault } from '#main/electron/keyVault.ts'
import { FakeSafeStorage } from '#test/support/fakeElectron.ts'
import { createMemoryKeychain } from '#test/support/memoryVault.ts'
import { keyVaultConformance } from './keyVault.ts'

keyVaultConformance('in memory', () => {
  const { vault, lock, unlock, remove } = createMemoryKeychain()
  return { vault: vault(), again: vault, other: () => createMemoryKeychain().vault(), lock, unlock, remove }
})

keyVaultConformance('Electron on Linux', () => {
  const storage = new FakeSafeStorage()
  const other = Object.assign(new FakeSafeStorage(), { user: 'mallory' })
  return {
    vault: createKeyVault(storage, 'linux'),
    again: () => createKeyVault(storage, 'linux'),
    other: () => createKeyVault(other, 'linux'),
    lock: () => void (storage.ready = false),
    unlock: () => void (storage.ready = true),
    remove: () => void (storage.backend = 'basic_text'),
  }
})
