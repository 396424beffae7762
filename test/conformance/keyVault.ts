/** What every key vault must do, whatever keeps its secrets. */
import { describe, expect, it } from 'vitest'
import { isCairnError } from '#shared/errors.ts'
import type { KeyVault } from '#main/ports.ts'

export interface VaultUnderTest {
  vault: KeyVault
  /** The same keychain after a restart of the program. */
  again(): KeyVault
  /** Somebody else's, or another computer's. */
  other(): KeyVault
  lock(): void
  unlock(): void
  /** From now on there is none that protects anything. */
  remove(): void
}

const secret = Uint8Array.from({ length: 32 }, (_, i) => 255 - i)

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'accepted',
    (error: unknown) => (isCairnError(error) ? error.code : String(error)),
  )

export function keyVaultConformance(name: string, create: () => VaultUnderTest): void {
  describe(`key vault conformance: ${name}`, () => {
    it('gives back what it sealed, also after a restart', async () => {
      const { vault, again } = create()
      expect(await vault.available()).toBe(true)
      const sealed = await vault.seal(secret)
      expect(await vault.open(sealed)).toEqual(secret)
      expect(await again().open(sealed)).toEqual(secret)
    })

    it.each([0, 1, 32, 512])('keeps %i bytes as they are', async (length) => {
      const { vault } = create()
      const bytes = Uint8Array.from({ length }, (_, i) => i * 7)
      expect(await vault.open(await vault.seal(bytes))).toEqual(bytes)
    })

    it('leaves what it is given alone', async () => {
      const { vault } = create()
      const given = secret.slice()
      const sealed = await vault.seal(given)
      const copy = sealed.slice()
      await vault.open(sealed)
      expect([given, sealed]).toEqual([secret, copy])
    })

    it('opens nothing of another user or another computer', async () => {
      const { vault, other } = create()
      expect(await codeOf(other().open(await vault.seal(secret)))).toBe('keychain.refused')
    })

    it('opens nothing that it did not seal', async () => {
      const { vault } = create()
      for (const junk of [new Uint8Array(0), new Uint8Array(64), new TextEncoder().encode('v10junk')])
        expect(await codeOf(vault.open(junk))).toBe('keychain.refused')
    })

    it('says that it is locked, and goes on once it is not', async () => {
      const { vault, lock, unlock } = create()
      const sealed = await vault.seal(secret)
      lock()
      expect(await vault.available()).toBe(false)
      expect([await codeOf(vault.seal(secret)), await codeOf(vault.open(sealed))]).toEqual(['keychain.locked', 'keychain.locked'])
      unlock()
      expect(await vault.open(sealed)).toEqual(secret)
    })

    it('refuses to seal where nothing would be protected', async () => {
      const { vault, remove } = create()
      remove()
      expect(await vault.available()).toBe(false)
      expect(await codeOf(vault.seal(secret))).toBe('keychain.unavailable')
      expect(await codeOf(vault.open(new Uint8Array(64)))).toBe('keychain.unavailable')
    })
  })
}
