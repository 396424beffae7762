import { defineStore } from 'pinia'
import type { Input } from '#shared/contract/contract.ts'
import type { Settings } from '#shared/contract/appModels.ts'

/** What the person has chosen for this profile; null until it is loaded. */
export const useSettings = defineStore('settings', {
  state: (): { values: Settings | null } => ({ values: null }),
  actions: {
    apply(settings: Settings) {
      this.values = settings
    },
    async load() {
      this.apply(await this.api['settings.get']({}))
    },
    async set(changes: Input<'settings.set'>) {
      this.apply(await this.api['settings.set'](changes))
    },
    /** Somebody is here: the automatic lock begins to count anew. */
    async active() {
      await this.api['profile.active']({})
    },
  },
})
