import { defineStore } from 'pinia'
import type { ResetAll } from '#shared/contract/appModels.ts'

/** How far a reset of all sessions is; null where none goes on. */
export const useResetAll = defineStore('resetAll', {
  state: (): { state: ResetAll | null } => ({ state: null }),
  actions: {
    apply(state: ResetAll | null) {
      this.state = state
    },
    async load() {
      this.apply(await this.api['sessions.resetAllState']({}))
    },
    async start() {
      this.apply(await this.api['sessions.resetAll']({}))
    },
    async end() {
      await this.api['sessions.endResetAll']({})
      this.state = null
    },
  },
})
