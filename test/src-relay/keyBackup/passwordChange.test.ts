/** A change of password, cut off at every point: whichever password the server takes opens the key, and the other opens nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountKeys } from '#main/protocol/accountKey.ts'
import type { AccountClient } from '#test/support/accountClient.ts'
import { spawnAccountProcesses, type AccountProcesses } from '#test/support/accountProcesses.ts'

type Step = (client: AccountClient, state: { change: string }) => Promise<unknown>

const pending: Step = async (client, state) => void (state.change = (await client.pendingChange('new', keysOf(at))).change)
const password: Step = (client, { change }) => client.setPassword('new', change)
const apply: Step = (client) => client.applyPendingChange()
const steps = [pending, password, apply]

const codes = Array.from({ length: 12 }, (_, i) => `CRASH${String(i).padStart(2, '0')}`)
let all: AccountProcesses
let at = -1
const keysOf = (index: number) => all.keys[index] as AccountKeys

beforeAll(async () => {
  all = await spawnAccountProcesses(codes)
})
afterAll(() => all.dispose())

const killBoth = async () => {
  await Promise.all([all.server.kill(), all.keyServer.kill()])
  await Promise.all([all.server.restart(), all.keyServer.restart()])
}

/** Which of the passwords a fresh device gets the key with. */
async function opens(): Promise<string[]> {
  const right: string[] = []
  for (const candidate of ['old', 'new']) {
    const keys = await all.device(at).restore(candidate)
    if (keys === null) continue
    expect(keys).toEqual(keysOf(at))
    right.push(candidate)
  }
  return right
}

describe('killed', () => {
  test.each([
    [0, 'old'],
    [1, 'old'],
    [2, 'new'],
    [3, 'new'],
  ])('after %i steps the %s password opens, and a change can be made again', async (count, wanted) => {
    at++
    const client = await all.account('old', at)
    const state = { change: '' }
    for (const step of steps.slice(0, count)) await step(client, state)
    await killBoth()
    expect(await opens()).toEqual([wanted])
    const device = all.device(at)
    await device.restore(wanted)
    const { answer, change } = await device.pendingChange('newest', keysOf(at))
    expect(answer.status).toBe(204)
    expect(await opens()).toEqual([wanted])
    expect((await device.setPassword('newest', change)).status).toBe(204)
    expect(await opens()).toEqual([])
    expect(await all.device(at).restore('newest')).toEqual(keysOf(at))
    expect((await device.applyPendingChange()).status).toBe(204)
    expect((await device.applyPendingChange()).status).toBe(204) // a lost answer costs nothing
  })

  test.each([0, 1, 2])('while step %i is under way exactly one password opens', async (index) => {
    at++
    const client = await all.account('old', at)
    const state = { change: '' }
    for (const step of steps.slice(0, index)) await step(client, state)
    const cut = steps[index]?.(client, state).catch(() => undefined)
    await killBoth()
    await cut
    expect(await opens()).toHaveLength(1)
  })
})

test('of two changes at once one wins, and its password opens', async () => {
  at++
  const first = await all.account('old', at)
  const second = all.device(at)
  await second.restore('old')
  const one = await first.pendingChange('one', keysOf(at))
  const two = await second.pendingChange('two', keysOf(at))
  expect((await first.setPassword('one', one.change)).status).toBe(409) // the key server no longer holds it
  expect((await second.setPassword('two', two.change)).status).toBe(204)
  expect((await second.setPassword('two', two.change)).status).toBe(204) // a lost answer
  expect((await first.toServer('GET', '/session-challenge')).status).toBe(401) // other sessions are over
  expect(await all.device(at).restore('two')).toEqual(keysOf(at))
})

test('a pending change is not applied before the server has made it', async () => {
  at++
  const client = await all.account('old', at)
  expect((await client.applyPendingChange()).status).toBe(409)
  await client.pendingChange('new', keysOf(at))
  expect((await client.applyPendingChange()).status).toBe(409)
  expect((await client.setPassword('new', 'ab'.repeat(32))).status).toBe(409)
  expect(await opens()).toEqual(['old'])
})
