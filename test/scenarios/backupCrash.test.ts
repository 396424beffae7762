/** The account’s flows, cut off at each request in turn: before it goes out, or before its answer comes. Nothing is lost, and all of it ends well. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { faultyServices, password, protect, spawnServices, type FaultyServices } from '#test/support/accountWorld.ts'
import { eventually } from '#test/support/eventually.ts'
import type { RelayProcess } from '#test/support/processes.ts'
import { connect, createTestWorld, startTestApp, type TestApp, type TestWorld } from '#test/support/testApp.ts'

const next = 'quite another password'

let world: TestWorld
let relay: RelayProcess

beforeEach(async () => {
  world = createTestWorld()
  relay = await spawnServices(world, ['--trust-proxy'])
})
afterEach(() => world.end())

const person = async (): Promise<{ app: TestApp; services: FaultyServices }> => {
  const services = faultyServices()
  return { app: await world.app({ name: 'Alice', relay: relay.address, transport: services.transport }), services }
}

async function opens(code: string, tried: string): Promise<string> {
  const restore = { relay: relay.address, keyServer: null, code, password: tried }
  const dir = join(world.folder(), 'profile')
  return startTestApp({ name: 'Alice', relay: '', dir, restore, transport: faultyServices().transport }).then(
    async (app) => {
      await app.close()
      return 'restored'
    },
    (error: { code: string }) => error.code,
  )
}

/** As after a crash: what was in memory is gone, and the network is there again. */
async function again({ app, services }: { app: TestApp; services: FaultyServices }): Promise<void> {
  await app.lock()
  services.heal()
  await app.unlock()
}

const untilAccount = (app: TestApp, what: string, isRight: (account: Awaited<ReturnType<typeof read>>) => boolean) =>
  eventually(what, () => read(app), isRight, 20_000)
const read = async (app: TestApp) => {
  await app.clock.advance(1_000)
  return app.call('account.get', {})
}

/** Runs `flow` cut off at its first request, at its second, and so on, until it is not cut off any more: in turn before the request goes out and before its answer comes. */
async function atEveryRequest(flow: (cut: (services: FaultyServices) => void) => Promise<'cut off' | 'whole'>): Promise<number> {
  for (let number = 1; ; number++) {
    const what = number % 2 === 1 ? 'answer' : 'request'
    if ((await flow((services) => services.failFrom(number, what))) === 'whole') return number
  }
}

it('making an account: it is there in the end, or nothing is and it can be made', async () => {
  const cuts = await atEveryRequest(async (cut) => {
    const { app, services } = await person()
    const { code } = await app.call('account.create', { relay: relay.address })
    cut(services)
    const outcome = await app.codeOf('account.protect', { password, keyServer: null })
    await again({ app, services })
    if ((await app.call('account.get', {}))?.backup === null) await app.call('account.protect', { password, keyServer: null })
    await untilAccount(app, 'saved', (account) => account?.backup?.state === 'saved')
    expect(await opens(code, password)).toBe('restored')
    await app.close()
    return outcome === 'ok' ? 'whole' : 'cut off'
  })
  expect(cuts).toBeGreaterThan(8)
})

it('changing the password: exactly one of the two opens, and the program knows which', async () => {
  const cuts = await atEveryRequest(async (cut) => {
    const { app, services } = await person()
    const { code } = await protect(app, relay.address)
    await app.lock()
    await app.unlock()
    cut(services)
    const outcome = await app.codeOf('account.changePassword', { current: password, next })
    await again({ app, services })
    await untilAccount(app, 'nothing is under way', (account) => account?.backup?.state === 'saved' || account?.backup?.state === 'due')
    const [before, after] = [await opens(code, password), await opens(code, next)]
    expect([before, after].toSorted()).toEqual(['account.wrong-password', 'restored'])
    if (outcome === 'ok') expect(after).toBe('restored')
    const present = after === 'restored' ? next : password
    expect(await app.codeOf('account.changePassword', { current: present, next: 'a third long password' })).toBe('ok')
    await app.close()
    return outcome === 'ok' ? 'whole' : 'cut off'
  })
  expect(cuts).toBeGreaterThan(8)
})

it('a change that waits for its next try is not forgotten over something else that is looked at', async () => {
  const { app, services } = await person()
  const bob = await world.app({ name: 'Bob', relay: relay.address })
  await connect(app, bob)
  await protect(app, relay.address)
  for (let number = 1; (await app.call('account.get', {}))?.backup?.state !== 'changing'; number++) {
    services.failFrom(number, 'answer')
    await app.codeOf('account.changePassword', { current: password, next })
    services.heal()
  }
  await app.call('contacts.rename', { id: bob.id, label: '' }) // nothing new to save
  await untilAccount(app, 'the change is through', (account) => account?.backup?.state === 'saved')
})

it('deleting everything: once decided it is done, whatever is in between', async () => {
  const cuts = await atEveryRequest(async (cut) => {
    const { app, services } = await person()
    const { code } = await protect(app, relay.address)
    await app.lock()
    await app.unlock()
    const before = services.count()
    cut(services)
    await app.call('account.remove', {})
    await eventually(
      'it is gone, or was cut off',
      () => app.call('account.get', {}),
      (account) => account === null || account.backup?.error === 'relay.unreachable',
    )
    const isWhole = (await app.call('account.get', {})) === null
    expect(services.count()).toBeGreaterThan(before)
    await again({ app, services })
    await untilAccount(app, 'gone', (account) => account === null)
    expect(await opens(code, password)).toBe('account.wrong-password')
    await app.close()
    return isWhole ? 'whole' : 'cut off'
  })
  expect(cuts).toBeGreaterThan(6)
})
