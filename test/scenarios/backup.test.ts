/** Journey 8: a code with a password, a backup that renews itself, and everything back on a fresh computer. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keystoreExists } from '#main/storage/keystore.ts'
import { password, protect, spawnServices, untilSaved } from '#test/support/accountWorld.ts'
import { spawnAccountProcesses } from '#test/support/accountProcesses.ts'
import { eventually } from '#test/support/eventually.ts'
import type { RelayProcess } from '#test/support/processes.ts'
import { connect, createTestWorld, startTestApp, untilOpen, type TestApp, type TestWorld } from '#test/support/testApp.ts'

let world: TestWorld
let relay: RelayProcess
let alice: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await spawnServices(world)
  alice = await world.app({ name: 'Alice', relay: relay.address })
})
afterEach(() => world.end())

const person = (name: string) => world.app({ name, relay: relay.address })
const wish = (code: string, over: object = {}) => ({ relay: relay.address, keyServer: null, code, password, ...over })
/** Another computer of the same person. */
const restored = (code: string, over: object = {}) => world.app({ name: 'Alice', relay: '', restore: wish(code, over) })
/** Why nothing was restored; and that nothing was made. */
async function refusedRestore(code: string, over: object = {}): Promise<string> {
  const dir = join(world.folder(), 'profile')
  const why = await startTestApp({ name: 'Alice', relay: '', dir, restore: wish(code, over) }).then(
    () => 'restored',
    (error: { code: string }) => error.code,
  )
  expect(keystoreExists(dir)).toBe(false)
  return why
}

describe('a lost laptop', () => {
  it('everybody is there again, also who came after the last press of the button, and every session heals by itself', async () => {
    const [bob, carol, dan] = [await person('Bob'), await person('Carol'), await person('Dan')]
    await connect(alice, bob)
    const account = await protect(alice, relay.address)
    expect(account.backup).toMatchObject({ state: 'saved', contacts: 1, keyServer: relay.address, error: null })
    await connect(alice, carol)
    await connect(dan, alice)
    await alice.call('contacts.verify', { id: carol.id, verified: true })
    await alice.call('contacts.rename', { id: bob.id, label: 'Bobby' })
    await alice.call('contacts.block', { id: dan.id, blocked: true })
    await alice.send(bob.id, 'before')
    await bob.untilShown(alice.id, ['before'])
    await untilSaved(alice, 3)
    await alice.close()
    await bob.send(alice.id, 'are you there?')

    const again = await restored(account.code)
    expect(again.id).toBe(alice.id)
    expect((await again.call('app.state', {})).profile).toMatchObject({ name: 'Alice' })
    await eventually(
      'both sessions are new',
      () => again.call('sessions.resetAllState', {}),
      (state) => state?.done === 2 && state.total === 2,
      30_000,
    )
    expect(await again.conversation(bob.id)).toMatchObject({ name: 'Bobby', ownName: 'Bob', verified: 'no', state: 'open' })
    expect(await again.conversation(carol.id)).toMatchObject({ verified: 'yes', state: 'open' })
    expect(await again.conversation(dan.id)).toMatchObject({ state: 'blocked' })
    await again.untilShown(bob.id, ['are you there?'])
    for (const friend of [bob, carol]) {
      await again.send(friend.id, 'back again')
      await friend.untilShown(alice.id, ['back again'])
      await friend.send(alice.id, 'welcome')
      await again.untilShown(friend.id, ['welcome'])
    }
    await again.call('contacts.block', { id: dan.id, blocked: false })
    await dan.send(alice.id, 'unblocked')
    await again.untilShown(dan.id, ['unblocked'], 30_000)
    expect(await again.call('account.get', {})).toMatchObject({ code: account.code, backup: { state: 'saved', error: null } })
  })

  it('is in its groups again, and follows what happened in them meanwhile', async () => {
    const bob = await person('Bob')
    await connect(alice, bob)
    const own = await alice.call('groups.create', { name: 'Own', members: [bob.id] })
    const other = await bob.call('groups.create', { name: 'Other', members: [alice.id] })
    const untilMember = (app: TestApp, id: string, name: string) =>
      app.untilConversation(id, `is in ${name}`, (one) => one.group?.state === 'member' && one.name === name)
    await bob.untilConversation(own.id, 'is asked', ({ group }) => group?.state === 'invited')
    await bob.call('groups.answer', { id: own.id, accept: true })
    await alice.untilConversation(other.id, 'is asked', ({ group }) => group?.state === 'invited')
    await alice.call('groups.answer', { id: other.id, accept: true })
    await untilMember(alice, other.id, 'Other')
    await untilMember(bob, own.id, 'Own')
    const account = await protect(alice, relay.address)
    await alice.close()
    await bob.call('groups.rename', { id: other.id, name: 'Another' })

    const again = await restored(account.code)
    expect(await again.conversation(own.id)).toMatchObject({ name: 'Own', group: { state: 'member', role: 'owner', members: 2 } })
    await untilMember(again, other.id, 'Another')
    await again.call('groups.rename', { id: own.id, name: 'Still own' })
    await untilMember(bob, own.id, 'Still own')
  })

  it('goes on saving after a restore, and can be restored again', async () => {
    const { code } = await protect(alice, relay.address)
    await alice.close()
    const second = await restored(code)
    const bob = await person('Bob')
    await connect(second, bob)
    await untilSaved(second, 1)
    await second.close()
    const third = await restored(code)
    await untilOpen(third, bob)
    await third.send(bob.id, 'third computer')
    await bob.untilShown(third.id, ['third computer'])
  })

  it('restores nothing with a wrong password, for an unknown code, or where nothing was saved', async () => {
    const { code } = await protect(alice, relay.address)
    expect(await refusedRestore(code, { password: 'something else entirely' })).toBe('account.wrong-password')
    expect(await refusedRestore('ZZZZZZZ')).toBe('account.wrong-password')
    expect(await refusedRestore('no code')).toBe('code.invalid')
    expect(await refusedRestore(code, { relay: 'ws://192.0.2.1:7443' })).toBe('account.needs-tls')
    const bob = await person('Bob')
    const { code: bobs } = await bob.call('account.create', { relay: relay.address })
    expect(await refusedRestore(bobs)).toBe('account.wrong-password')
  })

  it('server and key server are two processes', async () => {
    const processes = await spawnAccountProcesses()
    world.defer(() => processes.dispose())
    const [server, keyServer] = [processes.server.address, processes.keyServer.address]
    const account = await protect(alice, server, keyServer)
    expect(account.backup).toMatchObject({ state: 'saved', keyServer })
    await alice.close()
    expect(await refusedRestore(account.code, { relay: server })).toBe('account.no-service')
    const again = await restored(account.code, { relay: server, keyServer })
    expect(again.id).toBe(alice.id)
  })
})

describe('an older copy of the profile', () => {
  it('gets to know whom the newer one has saved, and takes nothing away', async () => {
    const [bob, carol] = [await person('Bob'), await person('Carol')]
    await connect(alice, bob)
    const { code } = await protect(alice, relay.address)
    await alice.close()
    const older = join(world.folder(), 'profile')
    cpSync(alice.dir, older, { recursive: true })
    const newer = await world.app({ name: 'Alice', relay: relay.address, dir: alice.dir })
    await connect(newer, carol)
    await untilSaved(newer, 2)
    await newer.close()

    const copy = await world.app({ name: 'Alice', relay: relay.address, dir: older })
    await copy.call('contacts.rename', { id: bob.id, label: 'Bobby' })
    await untilSaved(copy, 2)
    await copy.untilConversation(carol.id, 'Carol is here', ({ state, trouble }) => state === 'open' && trouble === null, 30_000)
    await copy.send(carol.id, 'from the copy')
    await carol.untilShown(copy.id, ['from the copy'])
    await copy.close()
    const again = await restored(code)
    expect((await again.call('conversations.list', {})).map(({ name }) => name).toSorted()).toEqual(['Bobby', 'Carol'])
  })
})

describe('the password', () => {
  it('is changed: the new one restores and the old one does not', async () => {
    const { code } = await protect(alice, relay.address)
    const next = 'quite another password'
    expect(await alice.codeOf('account.changePassword', { current: 'not this one at all', next })).toBe('account.wrong-password')
    expect(await alice.call('account.changePassword', { current: password, next })).toMatchObject({ backup: { state: 'saved' } })
    expect(await refusedRestore(code)).toBe('account.wrong-password')
    expect((await restored(code, { password: next })).id).toBe(alice.id)
  })

  it('was changed on another computer: this one says so, takes the new one, and saves again', async () => {
    const bob = await person('Bob')
    const { code } = await protect(alice, relay.address)
    await alice.lock()
    const other = await restored(code)
    const next = 'quite another password'
    await other.call('account.changePassword', { current: password, next })
    await other.close()
    await alice.unlock()
    await connect(alice, bob)
    await eventually(
      'it is said',
      async () => {
        await alice.clock.advance(1_000)
        return alice.call('account.get', {})
      },
      (account) => account?.backup?.state === 'signed-out',
    )
    expect(await alice.codeOf('account.backUp', {})).toBe('account.signed-out')
    expect(await alice.codeOf('account.signIn', { password })).toBe('account.wrong-password')
    await alice.call('account.signIn', { password: next })
    await untilSaved(alice, 1)
  })
})

describe('the end of an account', () => {
  it('takes code, account and backup along; contacts stay', async () => {
    const bob = await person('Bob')
    await connect(alice, bob)
    const { code } = await protect(alice, relay.address)
    expect(await alice.call('account.remove', {})).toMatchObject({ deleting: true })
    await eventually(
      'it is gone',
      () => alice.call('account.get', {}),
      (account) => account === null,
    )
    expect(await refusedRestore(code)).toBe('account.wrong-password')
    await alice.send(bob.id, 'still here')
    await bob.untilShown(alice.id, ['still here'])
    expect(await alice.codeOf('account.backUp', {})).toBe('account.none')
    expect((await protect(alice, relay.address)).code).not.toBe(code)
  })

  it('goes on by itself when the relay was away', async () => {
    const { code } = await protect(alice, relay.address)
    await relay.stop()
    await alice.call('account.remove', {})
    await alice.lock()
    await alice.unlock()
    expect(await alice.call('account.get', {})).toMatchObject({ code, deleting: true })
    await relay.restart()
    await eventually(
      'it is gone',
      async () => {
        await alice.clock.advance(5_000)
        return alice.call('account.get', {})
      },
      (account) => account === null,
      20_000,
    )
    expect(await refusedRestore(code)).toBe('account.wrong-password')
  })
})

it('says nothing of password and keys: not in events, not in the log', async () => {
  await protect(alice, relay.address)
  const row = await alice.withDatabase((db) => db.prepare<Record<string, unknown>>('SELECT * FROM account').all()[0])
  const secrets = ['auth_key', 'kem_secret', 'dh_secret'].map((name) => Buffer.from(row?.[name] as Uint8Array))
  expect(row?.['enc_key']).toBeNull()
  const said = JSON.stringify(alice.events) + alice.log.join('\n') + relay.stdout() + relay.stderr()
  expect(said).toContain('"type":"account"')
  for (const text of [password, ...secrets.flatMap((bytes) => [bytes.toString('hex'), bytes.toString('base64')])])
    expect(said).not.toContain(text)
})
