import { defineStore } from 'pinia'
import type { ProfileEntry } from '#shared/contract/appModels.ts'
import { useApp } from './app.ts'

/** The profiles on this computer, as far as they are known while they are locked. */
export const useProfiles = defineStore('profiles', {
  state: (): { all: ProfileEntry[] } => ({ all: [] }),
  getters: {
    current: (store): ProfileEntry | null => store.all.find(({ current }) => current) ?? null,
    others: (store): ProfileEntry[] => store.all.filter(({ current }) => !current),
  },
  actions: {
    apply(profiles: ProfileEntry[]) {
      this.all = profiles
    },
    async load() {
      this.apply(await this.api['profiles.list']({}))
    },
    async create(label: string) {
      useApp().apply(await this.api['profiles.create']({ label }))
    },
    async switchTo(id: string) {
      useApp().apply(await this.api['profiles.switch']({ id }))
    },
    async rename(id: string, label: string) {
      this.apply(await this.api['profiles.rename']({ id, label }))
    },
    async remove(id: string, label: string) {
      useApp().apply(await this.api['profiles.remove']({ id, label }))
    },
  },
})
