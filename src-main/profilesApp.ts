/**
 * The app over several profiles: one of them at a time has an app of its own, `createApp(ports)`; switching ends that one, which locks
 * it, and begins another. Windows notice nothing but events.
 */
import type { Handlers, ProfilesMethod } from '#shared/contract/contract.ts'
import type { AppEvent } from '#shared/contract/events.ts'
import type { AppState, ProfileEntry } from '#shared/contract/appModels.ts'
import { CairnError } from '#shared/errors.ts'
import { createApp } from './app.ts'
import type { App } from './appTypes.ts'
import { createDispatcher } from './dispatcher.ts'
import type { AppearancePort, Logger, Ports, Profiles } from './ports.ts'
import { createOneByOne } from './oneByOne.ts'

interface ProfilesAppParts {
  profiles: Profiles
  appearance: AppearancePort
  /** The world as the profile in this folder sees it. */
  portsOf(dir: string): Promise<Ports>
  logger: Logger
}

export async function createProfilesApp({ profiles, appearance, portsOf, logger }: ProfilesAppParts): Promise<App> {
  const listeners = new Set<(event: AppEvent) => void>()
  const send = (event: AppEvent) => listeners.forEach((listener) => listener(event))
  profiles.finishRemovals()
  let here = profiles.last()
  let inner = await begin(here)
  const inTurn = createOneByOne()

  async function begin(id: string): Promise<{ app: App; stop(): void }> {
    const app = createApp(await portsOf(profiles.dirOf(id)))
    return { app, stop: app.subscribe(send) }
  }

  const list = (): ProfileEntry[] => profiles.list(here).map((one) => ({ ...one, current: one.id === here }))
  function told(): ProfileEntry[] {
    const all = list()
    send({ type: 'profiles', profiles: all })
    return all
  }

  const find = (id: string): ProfileEntry => {
    const found = list().find((one) => one.id === id)
    if (!found) throw new CairnError('profile.unknown')
    return found
  }

  async function end(): Promise<void> {
    inner.stop()
    await inner.app.close()
  }

  /** Only after `end`. */
  async function goTo(id: string): Promise<AppState> {
    inner = await begin(id)
    here = id
    profiles.choose(id)
    told()
    const state = await stateNow()
    send({ type: 'app', state })
    return state
  }

  async function stateNow(): Promise<AppState> {
    const answer = await inner.app.call('app.state', {})
    if (!answer.ok) throw new CairnError('internal')
    return answer.value as AppState
  }

  async function remove(id: string, label: string): Promise<AppState> {
    if (find(id).label !== label) throw new CairnError('profile.not-this-one')
    if (id !== here) {
      profiles.remove(id, here)
      told()
      return stateNow()
    }
    const next = list().find((one) => one.id !== id)?.id ?? 'main'
    await end()
    try {
      profiles.remove(id, next)
    } catch (error) {
      await goTo(id)
      throw error
    }
    return goTo(next)
  }

  const handlers: Pick<Handlers, ProfilesMethod> = {
    'profiles.list': () => list(),
    'profiles.create': ({ label }) =>
      inTurn(async () => {
        const id = profiles.add(label, here)
        await end()
        return goTo(id)
      }),
    'profiles.switch': ({ id }) =>
      inTurn(async () => {
        if (find(id).current) return stateNow()
        await end()
        return goTo(id)
      }),
    'profiles.rename': ({ id, label }) => {
      profiles.rename(find(id).id, label, here)
      return told()
    },
    'appearance.get': () => appearance.get(),
    'appearance.set': (changes) => {
      const chosen = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      const now = appearance.set(chosen)
      send({ type: 'appearance', appearance: now })
      return now
    },
    'profiles.remove': ({ id, label }) => inTurn(() => remove(id, label)),
  }
  const dispatch = createDispatcher(handlers, { logger })

  return {
    call: (method, input) => (Object.hasOwn(handlers, method) ? dispatch(method, input) : inner.app.call(method, input)),
    file: (id, part) => inner.app.file(id, part),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    download: (token) => inner.app.download(token),
    close: () => inTurn(end),
  }
}
