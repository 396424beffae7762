import { defineStore } from 'pinia'
import type { DesktopChange, DesktopSettings, Opened } from '#shared/contract/appModels.ts'

/** What this computer offers beside the window. Asked only where the capability is there. */
export const useDesktop = defineStore('desktop', {
  state: (): { settings: DesktopSettings | null; waiting: number } => ({ settings: null, waiting: 0 }),
  actions: {
    /** Something was opened from outside; `take` has it. */
    opened() {
      this.waiting++
    },
    async load() {
      this.settings = await this.api['desktop.settings']({})
    },
    async change(wanted: DesktopChange) {
      this.settings = await this.api['desktop.change'](wanted)
    },
    take(): Promise<Opened | null> {
      return this.api['desktop.take']({})
    },
  },
})
