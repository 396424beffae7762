/** What the person has chosen for this profile. Kept in the keystore, so it is known only when that is open. */
import * as v from 'valibot'
import type { Settings } from '#shared/contract/models.ts'
import { utf8 } from '../protocol/bytes.ts'
import type { Core, Stores } from './core.ts'

/** What another version wrote and this one does not know counts as not chosen. */
const schema = v.object({
  lockAfter: v.fallback(v.picklist([0, 5, 15, 60]), 0),
  history: v.fallback(v.picklist(['ask', 'yes', 'no']), 'ask'),
})

export function readSettings({ profile }: Pick<Stores, 'profile'>): Settings {
  const bytes = profile.meta('settings')
  return v.parse(schema, bytes === null ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as unknown))
}

export type SettingsService = ReturnType<typeof createSettings>

export function createSettings(core: Core) {
  const get = (): Settings => readSettings(core.stores)
  return {
    get,
    set(changes: { [K in keyof Settings]?: Settings[K] | undefined }): Settings {
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      core.commit(() => {
        core.stores.profile.setMeta('settings', utf8(JSON.stringify({ ...get(), ...given })))
        core.emit({ type: 'settings', settings: get() })
      })
      return get()
    },
  }
}
