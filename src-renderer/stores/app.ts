import { defineStore } from 'pinia'
import type { Input } from '#shared/contract/contract.ts'
import type { AppState } from '#shared/contract/appModels.ts'
import type { Link } from '../bridge.ts'

interface State {
  state: AppState | null
  link: Link | 'starting'
  /** Why the app's state could not be loaded. */
  failure: unknown
  /** Was open in this window: once locked, by whatever, only a person opens it again, not the keychain by itself. */
  wasOpen: boolean
}

/** The phase of the app, and whether there is an app behind this window. */
export const useApp = defineStore('app', {
  state: (): State => ({ state: null, link: 'starting', failure: null, wasOpen: false }),
  getters: {
    profile: (app) => app.state?.profile ?? null,
    version: (app) => app.state?.version ?? '',
  },
  actions: {
    apply(state: AppState) {
      this.wasOpen ||= this.state?.phase === 'open'
      this.state = state
    },
    async load() {
      this.state = await this.api['app.state']({})
    },
    async create(input: Input<'profile.create'>) {
      this.state = await this.api['profile.create'](input)
    },
    async restore(input: Input<'profile.restore'>) {
      this.state = await this.api['profile.restore'](input)
    },
    async unlock(passphrase: string | null) {
      this.state = await this.api['profile.unlock']({ passphrase })
    },
    async rename(name: string) {
      this.state = await this.api['profile.rename']({ name })
    },
    async changePassphrase(current: string | null, next: string) {
      await this.api['profile.changePassphrase']({ current, next })
    },
    /** A profile file, ready to be fetched. */
    async exportProfile(current: string | null, passphrase: string) {
      return this.api['profile.export']({ current, passphrase })
    },
    async storage() {
      return this.api['profile.storage']({})
    },
    async lock() {
      this.apply(await this.api['profile.lock']({}))
    },
  },
})
