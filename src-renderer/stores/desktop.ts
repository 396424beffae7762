import { defineStore } from 'pinia'
import type { Opened } from '#shared/contract/models.ts'

/** What this computer offers beside the window. Asked only where the capability is there. */
export const useDesktop = defineStore('desktop', {
  state: (): { waiting: number } => ({ waiting: 0 }),
  actions: {
    /** Something was opened from outside; `take` has it. */
    opened() {
      this.waiting++
    },
    take(): Promise<Opened | null> {
      return this.api['desktop.take']({})
    },
  },
})
