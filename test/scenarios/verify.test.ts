/** Codes beside safety numbers, as two computers compare them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, createTestWorld, newId, type TestApp, type TestWorld } from '#test/support/testApp.ts'

let world: TestWorld
let alice: TestApp
let bob: TestApp

beforeEach(async () => {
  world = createTestWorld()
  const { address } = await world.relay()
  alice = await world.app({ name: 'Alice', relay: address })
  bob = await world.app({ name: 'Bob', relay: address })
  await connect(alice, bob)
})
afterEach(() => world.end())

const details = (app: TestApp, of: TestApp) => app.call('contacts.details', { id: of.id })
const codeOf = async (app: TestApp, of: TestApp) => (await details(app, of)).verifyCode
const compare = (code: string) => alice.call('contacts.compare', { id: bob.id, code })
const lines = async () => (await alice.items(bob.id)).flatMap((item) => (item.kind === 'system' ? [item.event] : []))
const forged = `CAIRN-VERIFY:1:${newId()}:${newId()}`

it('each verifies the other by what the other shows, once', async () => {
  expect(await compare(await codeOf(bob, alice))).toMatchObject({ verified: 'yes' })
  expect(await compare(await codeOf(bob, alice))).toMatchObject({ verified: 'yes' })
  expect(await bob.call('contacts.compare', { id: alice.id, code: (await codeOf(alice, bob)).toLowerCase() })).toMatchObject({
    verified: 'yes',
  })
  expect(await alice.conversation(bob.id)).toMatchObject({ verified: 'yes' })
  expect(await lines()).toEqual(['connected', 'verified'])
})

describe('a mismatch', () => {
  it('takes the mark away, and stays over a restart until a code matches', async () => {
    await alice.call('contacts.verify', { id: bob.id, verified: true })
    expect(await compare(forged)).toMatchObject({ verified: 'mismatch', verifiedAt: null })
    await alice.lock()
    await alice.unlock()
    expect(await alice.conversation(bob.id)).toMatchObject({ verified: 'mismatch' })
    expect(await compare(await codeOf(bob, alice))).toMatchObject({ verified: 'yes' })
    expect(await lines()).toEqual(['connected', 'verified', 'mismatch', 'verified'])
  })

  it('is also one where the contact knows us by other keys, and the person may settle it by the digits', async () => {
    expect(await compare(`CAIRN-VERIFY:1:${bob.id}:${newId()}`)).toMatchObject({ verified: 'mismatch' })
    expect(await alice.call('contacts.verify', { id: bob.id, verified: true })).toMatchObject({ verified: 'yes' })
    await compare(forged)
    expect(await alice.call('contacts.verify', { id: bob.id, verified: false })).toMatchObject({ verified: 'no' })
  })

  it('costs no message: talk goes on', async () => {
    await compare(forged)
    await bob.send(alice.id, 'still here')
    await alice.untilShown(bob.id, ['still here'])
  })
})

describe('a code of something else changes nothing', () => {
  it.each([
    ['our own', 'verify.own', () => codeOf(alice, bob)],
    ['another program’s', 'verify.other-code', () => Promise.resolve('https://example.org/')],
    ['a newer version', 'verify.newer-version', () => Promise.resolve('CAIRN-VERIFY:2:anything')],
  ])('%s', async (_, code, text) => {
    await alice.call('contacts.verify', { id: bob.id, verified: true })
    const before = await alice.tables()
    expect(await alice.codeOf('contacts.compare', { id: bob.id, code: await text() })).toBe(code)
    expect(await alice.tables()).toEqual(before)
  })

  it('that of another contact names whose it is', async () => {
    const carol = await world.app({ name: 'Carol', relay: (await alice.call('network.state', {})).relays[0]!.address })
    await connect(alice, carol)
    await expect(compare(await codeOf(carol, alice))).rejects.toMatchObject({ code: 'verify.other-contact', details: { name: 'Carol' } })
    expect(await details(alice, bob)).toMatchObject({ verified: 'no' })
  })

  it('one of megabytes is refused unread', async () => {
    expect(await alice.codeOf('contacts.compare', { id: bob.id, code: 'x'.repeat(5000) })).toBe('input.invalid')
    expect(await alice.codeOf('contacts.compare', { id: newId(), code: forged })).toBe('contact.unknown')
  })
})
