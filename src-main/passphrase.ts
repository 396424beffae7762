/** Another passphrase for the open profile. The old one is asked for: an unlocked computer is not proof of who sits at it. */
import type { Parsed } from '#shared/contract/contract.ts'
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { Ports } from './ports.ts'
import type { createThrottle } from './services/throttle.ts'
import { changePassphrase } from './storage/keystore.ts'

/** A profile that the system's keychain opens has none, and gets one. Wrong ones cost time, together with those of unlocking. Errors: `keystore.wrong-passphrase`, `profile.wait`, and those of writing. */
export const createPassphraseChange =
  (ports: Ports, throttle: ReturnType<typeof createThrottle>) =>
  async ({ current, next }: Parsed<'profile.changePassphrase'>): Promise<null> => {
    throttle.check()
    const { kdf, primitives, random, keyVault, profileDir: dir } = ports
    try {
      await changePassphrase({ kdf, primitives, random, keyVault, dir, passphrase: current, newPassphrase: next })
      throttle.clear()
      return null
    } catch (error) {
      if (!isCairnError(error, 'keystore.wrong-passphrase')) throw error
      throw new CairnError('keystore.wrong-passphrase', { cause: error, details: { seconds: throttle.failed() } })
    }
  }
