/** What the UI may ask of the program, its profiles and what is set for them. */
import * as v from 'valibot'
import type { Appearance, AppState, DesktopSettings, FileOut, Opened, ProfileEntry, Settings, StorageUsed } from '../appModels.ts'
import { languages, limits } from '../limits.ts'
import { method } from './method.ts'
import { relayAddress, presentPassword, userCode, nothing, ownRelay } from './schemas.ts'

const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(limits.nameChars))
const passphrase = v.pipe(v.string(), v.minLength(limits.passphraseMin), v.maxLength(limits.passphraseMax))
/** As the export's passphrase may be: whether it is right is for the file to say. */
const anyPassphrase = v.pipe(v.string(), v.maxLength(limits.passphraseMax))
const importId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
/** RFC 4648 section 4. */
const piece = v.pipe(v.string(), v.maxLength(4 * Math.ceil(limits.importPieceBytes / 3)), v.regex(/^[A-Za-z0-9+/]+={0,2}$/))
const byteCount = v.pipe(v.number(), v.integer(), v.minValue(0))
/** `main` is the folder itself; the others have a number of their own. */
const profileId = v.pipe(v.string(), v.regex(/^(main|[0-9a-f]{16})$/))

export const profileMethods = {
  'app.state': method<AppState>().takes(nothing),
  'profile.create': method<AppState>().takes(
    v.strictObject({
      name,
      /** Null: the system's keychain opens the profile; only with the capability. */
      passphrase: v.nullable(passphrase),
      /** `lan`: none; this person is met on its network alone. */
      relay: v.variant('kind', [...ownRelay.options, v.strictObject({ kind: v.literal('lan') })]),
    }),
  ),
  /**
   * A fresh profile out of the backup of an account; every session is then reset by itself. `keyServer` is null where it is the relay.
   * Errors: `account.*`, `backup.*`, `relay.*`, and those of `profile.create`; then nothing is made.
   */
  'profile.restore': method<AppState>().takes(
    v.strictObject({
      ...{ relay: relayAddress, keyServer: v.nullable(relayAddress), code: userCode, password: presentPassword },
      passphrase: v.nullable(passphrase),
    }),
  ),
  /** Null: by the system's keychain. Errors: `keystore.*`, `keychain.*`. */
  'profile.unlock': method<AppState>().takes(
    v.strictObject({ passphrase: v.nullable(v.pipe(v.string(), v.maxLength(limits.passphraseMax))) }),
  ),
  'profile.lock': method<AppState>().takes(nothing),
  'profile.rename': method<AppState>().takes(v.strictObject({ name })),
  /** Wraps the keystore's key anew. Errors: `keystore.wrong-passphrase` and `profile.wait`, as for unlocking. */
  'profile.changePassphrase': method<null>().takes(
    /** `current` is null where the system's keychain opens the profile. */
    v.strictObject({ current: v.nullable(v.pipe(v.string(), v.maxLength(limits.passphraseMax))), next: passphrase }),
  ),
  /** Somebody is at this computer: the automatic lock begins to count anew. */
  'profile.active': method<null>().takes(nothing),
  /**
   * Everything of this profile as one file under a passphrase of its own; `current` is null where the keychain opens it. Errors: as
   * `profile.changePassphrase`.
   */
  'profile.export': method<FileOut>().takes(v.strictObject({ current: v.nullable(anyPassphrase), passphrase })),
  /** What it takes on the disk. */
  'profile.storage': method<StorageUsed>().takes(nothing),
  /**
   * A profile file comes in piece by piece, in order, where there is no profile yet; beginning again forgets what came before. `finish`
   * makes the profile and opens it: every session is then reset by itself, for the computer it comes from may still run. Errors: `import.*`,
   * `profile.wait`; nothing is made then, and after `import.wrong-passphrase` another may be tried.
   */
  'import.begin': method<{ id: string }>().takes(v.strictObject({ size: byteCount })),
  'import.append': method<{ received: number }>().takes(v.strictObject({ id: importId, offset: byteCount, data: piece })),
  'import.finish': method<AppState>().takes(v.strictObject({ id: importId, passphrase: anyPassphrase })),
  'import.cancel': method<null>().takes(v.strictObject({ id: importId })),
  'appearance.get': method<Appearance>().takes(nothing),
  /** Changes what is named and leaves the rest; every window is told. */
  'appearance.set': method<Appearance>().takes(
    v.strictObject({
      theme: v.optional(v.picklist(['system', 'light', 'dark'])),
      textSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(limits.textSizeLeast), v.maxValue(limits.textSizeMost))),
      language: v.optional(v.picklist(['system', ...languages])),
    }),
  ),
  /** The profiles on this computer; what each is called is not secret (docs/threat-model.md). */
  'profiles.list': method<ProfileEntry[]>().takes(nothing),
  /** Locks the open one and begins another. */
  'profiles.create': method<AppState>().takes(v.strictObject({ label: name })),
  /** Locks the open one. */
  'profiles.switch': method<AppState>().takes(v.strictObject({ id: profileId })),
  'profiles.rename': method<ProfileEntry[]>().takes(v.strictObject({ id: profileId, label: name })),
  /** For good. `label` is what the person typed to say that they mean this one. Errors: `profile.not-this-one`, `keystore.in-use`. */
  'profiles.remove': method<AppState>().takes(v.strictObject({ id: profileId, label: name })),
  'settings.get': method<Settings>().takes(nothing),
  /** Changes what is named and leaves the rest. */
  'settings.set': method<Settings>().takes(
    v.strictObject({
      lockAfter: v.optional(v.picklist([0, 5, 15, 60])),
      history: v.optional(v.picklist(['ask', 'yes', 'no'])),
      readReceipts: v.optional(v.boolean()),
      typing: v.optional(v.boolean()),
      autoDownload: v.optional(v.picklist(['never', 'small', 'always'])),
    }),
  ),
  /** Where the capability is missing, these three are refused as `desktop.unavailable`. */
  'desktop.settings': method<DesktopSettings>().takes(nothing),
  'desktop.change': method<DesktopSettings>().takes(
    v.strictObject({
      notifications: v.optional(v.picklist(['off', 'hidden', 'name', 'text'])),
      startAtLogin: v.optional(v.boolean()),
      keepRunning: v.optional(v.boolean()),
    }),
  ),
  /** What was opened from outside: once, and null when there is nothing. */
  'desktop.take': method<Opened | null>().takes(nothing),
} as const
