/** Adding people by code: real apps over real sockets, and a relay process with its directory. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account, CodeAsk, CodeRequest } from '#shared/contract/accountModels.ts'
import { askSigned, connectUser, frameOf, fresh, register, type DirectorySocket, type TestUser } from '#test/support/directoryClient.ts'
import { eventually } from '#test/support/eventually.ts'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'
import { bytesBelow, createTestWorld, untilOpen, type TestApp, type TestWorld } from '#test/support/testApp.ts'

let world: TestWorld
let relay: RelayProcess

const start = async (args: string[] = []): Promise<RelayProcess> => {
  const started = await spawnRelay(['--role', 'all', '--trust-proxy', ...args])
  world.defer(() => started.dispose())
  return started
}

beforeEach(async () => {
  world = createTestWorld()
  relay = await start()
})
afterEach(() => world.end())

const base = (of: RelayProcess = relay): string => of.address.replace('ws:', 'http:')
const app = (name: string): Promise<TestApp> => world.app({ name, relay: relay.address })
/** The same profile, as the program starts anew. */
const again = async ({ name, dir, clock }: TestApp): Promise<TestApp> => world.app({ name, dir, clock, relay: relay.address })

const accountOf = (of: TestApp): Promise<Account | null> => of.call('account.get', {})
const untilConnected = (of: TestApp) =>
  eventually(
    `${of.name} is connected`,
    () => accountOf(of),
    (account) => account?.state === 'connected',
  )
const codeOf = async (of: TestApp): Promise<string> => (await of.call('account.create', { relay: relay.address })).code
const ask = (from: TestApp, code: string, at = relay.address) => from.call('codes.ask', { code, relay: at })

const untilAsked = async (of: TestApp, count = 1): Promise<CodeRequest> => {
  const { requests } = await eventually(
    `${of.name} is asked`,
    () => of.call('codes.list', {}),
    ({ requests }) => requests.length === count,
  )
  return requests[0] as CodeRequest
}
const untilAsk = async (of: TestApp, state: CodeAsk['state'] | 'none'): Promise<CodeAsk | undefined> => {
  const { asked } = await eventually(
    `the ask of ${of.name}: ${state}`,
    () => of.call('codes.list', {}),
    ({ asked }) => (asked[0]?.state ?? 'none') === state,
  )
  return asked[0]
}
/** Frames refused, by name, in order. */
const refusalsOf = (of: TestApp): string[] =>
  of.log
    .map((line) => JSON.parse(line) as { event: string; why: string })
    .filter(({ event }) => event === 'account.frame-refused')
    .map(({ why }) => why)
const untilRefused = async (of: TestApp, name: string): Promise<void> =>
  void (await eventually(
    `${of.name} has refused ${name}`,
    () => refusalsOf(of),
    (refusals) => refusals.includes(name),
    30_000,
  ))
/** Nothing of the relay is kept here. */
const untilLeft = async (of: TestApp): Promise<void> => {
  await eventually(
    `${of.name} has left`,
    () => of.log.filter((line) => line.includes('"account.left"')).length,
    (count) => count > 0,
    30_000,
  )
  const { directory_users: users, devices } = await of.tables()
  expect({ users, devices }).toEqual({ users: [], devices: [] })
}
/** The relay has what `of` answered. Looking locks the profile, so it gets a while for itself each time. */
const untilAnswered = (of: TestApp) =>
  eventually(
    'the answer is at the relay',
    async () => {
      await untilConnected(of)
      await new Promise((resolve) => setTimeout(resolve, 300))
      return (await of.tables())['code_asks']
    },
    (rows) => String(rows?.[0]).includes('"state":"over"'),
    30_000,
  )
const agree = async (of: TestApp): Promise<void> => void (await of.call('codes.accept', { id: (await untilAsked(of)).id }))
const talk = async (one: TestApp, other: TestApp): Promise<void> => {
  await untilOpen(one, other, 30_000)
  await one.send(other.id, 'found you')
  await other.untilShown(one.id, ['found you'])
  await other.send(one.id, 'so you did')
  await one.untilShown(other.id, ['so you did'])
  for (const [of, peer] of [
    [one, other],
    [other, one],
  ] as const)
    expect(await of.conversation(peer.id)).toMatchObject({ byCode: true, verified: 'no' })
}

/** Somebody at the relay who says exactly what a test wants said. */
async function stranger(): Promise<{ user: TestUser; socket: DirectorySocket }> {
  const user = await register(base())
  const headers = { 'x-forwarded-for': `10.${[...randomBytes(3)].join('.')}` } // what one may do is not taken from another
  return { user, socket: await connectUser(base(), user, { headers }, fresh(base())) }
}
const saying = (user: TestUser, recipient: string, type: string, payload: object, signer: TestUser = user): string =>
  frameOf(user, { recipient, message: { type, payload }, ...fresh(base()) }, signer)

describe('two people who are both there', () => {
  it('find, ask, agree, and talk; both know that a code brought them together', async () => {
    const [alice, bob] = [await app('Alice of the north'), await app('Bob')]
    const code = await codeOf(bob)
    await codeOf(alice)
    await untilConnected(alice)
    expect(await alice.call('codes.find', { code: code.toLowerCase(), relay: null })).toEqual({ code, relay: relay.address, name: null })
    expect(await alice.call('codes.find', { code: ` ${code}@${relay.address}`, relay: null })).toMatchObject({ code })
    const { asked } = await ask(alice, code)
    expect(asked).toMatchObject([{ code, relay: relay.address, name: null, error: null }])
    expect(await untilAsked(bob)).toMatchObject({ name: 'Alice of the north', code: (await accountOf(alice))?.code })
    await untilAsk(alice, 'waiting')
    expect(bob.events.filter(({ type }) => type === 'codes').at(-1)).toMatchObject({
      codes: { requests: [{ name: 'Alice of the north' }] },
    })
    await agree(bob)
    expect((await bob.call('codes.list', {})).requests).toEqual([])
    await untilAsk(alice, 'none')
    await talk(alice, bob)
  })

  it('the name goes sealed: the relay has never had it', async () => {
    const [alice, bob] = [await app('Aurelia Quillfeather'), await app('Bob')]
    const code = await codeOf(bob)
    await bob.lock()
    await ask(alice, code)
    await untilAsk(alice, 'waiting')
    await relay.stop()
    const files = bytesBelow(relay.dataDir)
    expect(files.some(({ bytes }) => bytes.includes('key_exchange'))).toBe(true)
    expect(files.filter(({ bytes }) => bytes.includes('Quillfeather')).map(({ path }) => path)).toEqual([])
    await relay.restart()
    await bob.unlock()
    expect(await untilAsked(bob)).toMatchObject({ name: 'Aurelia Quillfeather' })
  })
})

describe('not there at the time', () => {
  it('the owner of the code: the ask comes when it connects', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    const code = await codeOf(bob)
    await bob.lock()
    await ask(alice, code)
    await untilAsk(alice, 'waiting')
    await bob.unlock()
    await agree(bob)
    await talk(alice, bob)
  })

  it('the one who asked: the answer comes when it connects, also when it was closed', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    await ask(alice, await codeOf(bob))
    await untilAsked(bob)
    await untilAsk(alice, 'waiting')
    await alice.close()
    await agree(bob)
    await untilAnswered(bob)
    const alice2 = await again(alice)
    await talk(alice2, bob)
  })

  it('the relay: what was agreed just before goes out when it is back, from a program that was closed in between', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    await ask(alice, await codeOf(bob))
    const { id } = await untilAsked(bob)
    await untilAsk(alice, 'waiting')
    await relay.kill()
    await bob.call('codes.accept', { id })
    await bob.close()
    const bob2 = await again(bob)
    await relay.restart()
    await untilAsk(alice, 'none')
    await talk(alice, bob2)
  })

  it('every step of the way with a program that starts anew', async () => {
    let [alice, bob] = [await app('Alice'), await app('Bob')]
    const code = await codeOf(bob)
    const anew = async (): Promise<void> => {
      for (const one of [alice, bob]) await one.close()
      ;[alice, bob] = [await again(alice), await again(bob)]
    }
    await anew()
    expect(await accountOf(bob)).toMatchObject({ code })
    await ask(alice, code)
    await anew()
    const { id } = await untilAsked(bob)
    await anew()
    await bob.call('codes.accept', { id })
    await anew()
    await untilAsk(alice, 'none')
    await anew()
    await talk(alice, bob)
  })
})

describe('a relay that is not the own one', () => {
  it('knows the asker for as long as it waits, and no longer', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    const code = await codeOf(bob)
    expect(await alice.codeOf('codes.find', { code, relay: null })).toBe('account.none')
    await ask(alice, code)
    expect(await accountOf(alice)).toBe(null)
    const { code: hers } = await untilAsked(bob)
    expect(await bob.call('codes.find', { code: hers, relay: null })).toMatchObject({ code: hers })
    await agree(bob)
    await talk(alice, bob)
    await eventually(
      'the relay knows her no more',
      () => bob.codeOf('codes.find', { code: hers, relay: null }),
      (code) => code === 'code.unknown',
    )
    await untilLeft(alice)
  })

  it('is left when it can be reached again', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    await ask(alice, await codeOf(bob))
    const { code: hers } = await untilAsked(bob)
    const { id } = (await untilAsk(alice, 'waiting')) as CodeAsk
    await relay.stop()
    expect((await alice.call('codes.cancel', { id })).asked).toEqual([])
    await eventually(
      'it was tried',
      () => alice.log.filter((line) => line.includes('account.not-left')).length,
      (count) => count > 0,
    )
    expect((await alice.tables())['directory_users']).toHaveLength(1)
    await relay.restart()
    await alice.lock()
    await alice.unlock()
    await eventually(
      'she is gone',
      () => bob.codeOf('codes.find', { code: hers, relay: null }),
      (code) => code === 'code.unknown',
      30_000,
    )
    await untilLeft(alice)
  })

  it('takes no asks for somebody who hands out no code', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    await ask(alice, await codeOf(bob))
    const { code: hers } = await untilAsked(bob)
    const { user, socket } = await stranger()
    socket.send(saying(user, hers, 'key_exchange', { ecdh_public_key: user.ecdh }))
    await socket.taken()
    await untilRefused(alice, 'not-handed-out')
    expect((await alice.call('codes.list', {})).requests).toEqual([])
  })
})

describe('no', () => {
  it('declined: silent, and the same ask is not shown again', async () => {
    const bob = await app('Bob')
    const code = await codeOf(bob)
    const { user, socket } = await stranger()
    socket.send(saying(user, code, 'key_exchange', { ecdh_public_key: user.ecdh }))
    const { id, name } = await untilAsked(bob)
    expect(name).toBe('')
    expect((await bob.call('codes.decline', { id })).requests).toEqual([])
    expect(await bob.codeOf('codes.accept', { id })).toBe('code.no-ask')
    socket.send(saying(user, code, 'key_exchange', { ecdh_public_key: user.ecdh }))
    const other = await stranger()
    other.socket.send(saying(other.user, code, 'key_exchange', { ecdh_public_key: other.user.ecdh, name: 'not hex' }))
    expect(await untilAsked(bob)).toMatchObject({ code: other.user.code, name: '' })
    await socket.taken()
    expect(socket.relayed()).toEqual([])
  })

  it('taken back: what is answered then is ignored', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    await codeOf(alice)
    await ask(alice, await codeOf(bob))
    const { id } = await untilAsked(bob)
    const mine = (await untilAsk(alice, 'waiting')) as CodeAsk
    await alice.call('codes.cancel', { id: mine.id })
    expect(await alice.codeOf('codes.cancel', { id: mine.id })).toBe('code.no-ask')
    await bob.call('codes.accept', { id })
    await untilRefused(alice, 'not-asked')
    expect(await alice.call('conversations.list', {})).toEqual([])
  })

  it('taken back and asked anew: an answer to the first leaves the second as it is', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    const hers = await codeOf(alice)
    const theirs = await codeOf(bob)
    await ask(alice, theirs)
    const { id } = await untilAsked(bob)
    await alice.call('codes.cancel', { id: ((await untilAsk(alice, 'waiting')) as CodeAsk).id })
    await bob.call('codes.accept', { id })
    await alice.lock()
    await untilAnswered(bob)
    await relay.stop()
    await alice.unlock()
    await relay.restart()
    await untilRefused(alice, 'not-asked')
    await ask(alice, theirs)
    expect(await untilAsked(bob)).toMatchObject({ code: hers })
    await agree(bob)
    await talk(alice, bob)
  })

  it('unknown, own, no code at all, asked already', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    const [hers, his] = [await codeOf(alice), await codeOf(bob)]
    const unknown = hers === '0000000' ? '0000001' : '0000000'
    expect(await alice.codeOf('codes.find', { code: unknown, relay: null })).toBe('code.unknown')
    expect(await alice.codeOf('codes.ask', { code: unknown, relay: relay.address })).toBe('code.unknown')
    expect(await alice.codeOf('codes.find', { code: hers, relay: null })).toBe('code.own')
    expect(await alice.codeOf('codes.ask', { code: hers.toLowerCase(), relay: relay.address })).toBe('code.own')
    for (const code of ['', 'ABC', 'UUUUUUU', '12345678', `@${relay.address}`])
      expect(await alice.codeOf('codes.find', { code, relay: null })).toBe('code.invalid')
    expect(await alice.codeOf('codes.find', { code: `${his}@nowhere at all`, relay: null })).toBe('relay.address-invalid')
    expect(await alice.codeOf('codes.find', { code: `${his}@ws://192.0.2.1`, relay: null })).toBe('account.needs-tls')
    await ask(alice, his)
    expect(await alice.codeOf('codes.ask', { code: his, relay: relay.address })).toBe('code.asked')
    expect((await alice.call('codes.list', {})).asked).toHaveLength(1)
  })

  it('nobody answers: both forget it after a month', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    await ask(alice, await codeOf(bob))
    await untilAsked(bob)
    await untilAsk(alice, 'waiting')
    for (const one of [alice, bob]) {
      await one.clock.sleep(31 * 24 * 3600_000)
      await eventually(
        `${one.name} has forgotten`,
        () => one.call('codes.list', {}),
        ({ asked, requests }) => asked.length + requests.length === 0,
      )
    }
  })
})

describe('frames that are not what they should be', () => {
  it('are refused by name, counted, and keep nothing behind them waiting', async () => {
    const bob = await app('Bob')
    const code = await codeOf(bob)
    await untilConnected(bob)
    const [{ user, socket }, other] = [await stranger(), await stranger()]
    const payload = { ecdh_public_key: user.ecdh }
    socket.send(saying(user, code, 'key_exchange', { ecdh_public_key: '00'.repeat(32) }))
    socket.send(saying(user, code, 'key_exchange_ack', { ...payload, invite: '00' }))
    socket.send(saying(user, code, 'key_exchange', payload))
    socket.send(saying(user, code, 'key_exchange', payload)) // once more
    socket.send(saying(user, code, 'key_exchange', { ecdh_public_key: other.user.ecdh })) // in its place
    other.socket.send(saying(other.user, code, 'key_exchange', { ecdh_public_key: other.user.ecdh, name: 'ff'.repeat(60) }))
    const { requests } = await eventually(
      'both have come',
      () => bob.call('codes.list', {}),
      ({ requests }) => requests.length === 2,
    )
    expect(requests.map(({ code, name }) => `${code} ${name}`).toSorted()).toEqual([`${user.code} `, `${other.user.code} `].toSorted())
    expect(refusalsOf(bob)).toEqual(['weak-key', 'not-asked'])
  })

  it('at most 32 people wait', async () => {
    const bob = await app('Bob')
    const code = await codeOf(bob)
    const users: TestUser[] = []
    for (let i = 0; i < 33; i++) {
      const { user, socket } = await stranger()
      users.push(user)
      socket.send(saying(user, code, 'key_exchange', { ecdh_public_key: user.ecdh }))
      await socket.taken()
      socket.socket.terminate()
    }
    await untilRefused(bob, 'too-many')
    expect((await bob.call('codes.list', {})).requests).toHaveLength(32)
  })

  it('an answer that does not open, and one signed by another key, change nothing', async () => {
    const alice = await app('Alice')
    const hers = await codeOf(alice)
    const [{ user, socket }, other] = [await stranger(), await stranger()]
    await ask(alice, user.code)
    await eventually('it came', () => socket.relayed().length, Boolean)
    await untilAsk(alice, 'waiting')
    const payload = { ecdh_public_key: user.ecdh, invite: '00'.repeat(80) }
    socket.send(saying(user, hers, 'key_exchange_ack', payload))
    await untilRefused(alice, 'unreadable-invite')
    await alice.lock()
    await slip(hers, user.code, saying(user, hers, 'key_exchange_ack', payload, other.user))
    await alice.unlock()
    await untilRefused(alice, 'signature')
    await untilAsk(alice, 'waiting')
  })

  it('an ask signed by another key, for somebody else, and what is no frame, which only a relay can send', async () => {
    const bob = await app('Bob')
    const code = await codeOf(bob)
    const [{ user }, other] = [await stranger(), await stranger()]
    await bob.lock()
    const payload = { ecdh_public_key: user.ecdh }
    await slip(
      code,
      user.code,
      saying(user, code, 'key_exchange', payload, other.user),
      saying(user, other.user.code, 'key_exchange', payload),
      `${'['.repeat(8000)}${']'.repeat(8000)}`,
      saying(user, code, 'key_exchange', { ...payload, more: 'x'.repeat(17_000) }),
      saying(user, code, 'key_exchange', payload).replace('"message"', '"other"'),
      saying({ ...user, code: 'ZZZZZZ0' }, code, 'key_exchange', payload),
      saying(user, code, 'key_exchange', payload),
    )
    await bob.unlock()
    expect(await untilAsked(bob)).toMatchObject({ code: user.code })
    expect(refusalsOf(bob)).toEqual(['signature', 'for-somebody-else', 'unreadable', 'unreadable', 'unreadable', 'unknown-sender'])
    expect(await waitingAtRelay()).toBe(0)
  })

  it('what cannot be written down stays at the relay and comes again', async () => {
    const bob = await app('Bob')
    const code = await codeOf(bob)
    await bob.withDatabase((db) =>
      db.prepare("CREATE TRIGGER no_room BEFORE INSERT ON code_asks BEGIN SELECT RAISE(ABORT, 'no room'); END").run(),
    )
    await untilConnected(bob)
    const { user, socket } = await stranger()
    socket.send(saying(user, code, 'key_exchange', { ecdh_public_key: user.ecdh }))
    await eventually(
      'it failed',
      () => bob.log.filter((line) => line.includes('account.connection-failed')).length,
      (count) => count > 1,
    )
    expect(await waitingAtRelay()).toBe(1)
    await bob.withDatabase((db) => db.prepare('DROP TRIGGER no_room').run())
    expect(await untilAsked(bob)).toMatchObject({ code: user.code })
    expect(await waitingAtRelay()).toBe(0)
  })
})

describe('what the relay does not take', () => {
  it('for good: the ask says why, can be made anew, and goes when it is taken back', async () => {
    const alice = await app('Alice')
    const { user, socket } = await stranger()
    await ask(alice, user.code)
    await alice.lock() // before its connection is there
    socket.socket.terminate()
    expect((await askSigned(base(), user, 'DELETE', undefined)).status).toBe(204)
    await alice.unlock()
    const failed = await untilAsk(alice, 'failed')
    expect(failed).toMatchObject({ code: user.code, error: 'code.unknown' })
    expect(await alice.codeOf('codes.ask', { code: user.code, relay: relay.address })).toBe('code.unknown')
    expect(await untilAsk(alice, 'failed')).toEqual(failed)
    await alice.call('codes.cancel', { id: failed?.id ?? '' })
    await untilLeft(alice)
  })

  it('for now: it is sent when there is room again', async () => {
    const alice = await app('Alice')
    await codeOf(alice)
    const { user, socket } = await stranger()
    socket.socket.terminate()
    for (let i = 0; i < 16; i++) {
      await ask(alice, user.code)
      await alice.call('codes.cancel', { id: (await untilAsk(alice, 'waiting'))?.id ?? '' })
    }
    await ask(alice, user.code)
    const back = await connectUser(base(), user, {}, fresh(base()))
    await eventually(
      'all have come',
      () => back.relayed().length,
      (count) => count === 16,
    )
    await back.taken()
    await untilAsk(alice, 'sending')
    await alice.clock.advance(60_000)
    await untilAsk(alice, 'waiting')
    expect(back.relayed()).toHaveLength(17)
  })
})

describe('a code of the own', () => {
  it('is made once, told to the window, kept, and connected', async () => {
    const alice = await app('Alice')
    const made = await alice.call('account.create', { relay: relay.address })
    expect(made).toMatchObject({ relay: relay.address, backup: null, deleting: false })
    expect(made.code).toMatch(/^[0-9A-HJKMNP-TV-Z]{7}$/)
    await untilConnected(alice)
    expect(alice.events.filter(({ type }) => type === 'account').at(-1)).toEqual({ type: 'account', account: await accountOf(alice) })
    expect(await alice.codeOf('account.create', { relay: relay.address })).toBe('account.exists')
    await alice.lock()
    await alice.unlock()
    expect(await untilConnected(alice)).toMatchObject({ code: made.code })
    await relay.stop()
    await eventually(
      'it is offline',
      () => accountOf(alice),
      (account) => account?.state === 'offline' && account.error === 'relay.unreachable',
    )
    await relay.restart()
    await untilConnected(alice)
  })

  it('takes the place of one by which others were only asked', async () => {
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    await ask(alice, await codeOf(bob))
    const { code } = await untilAsked(bob)
    expect(await codeOf(alice)).toBe(code)
    await alice.call('codes.cancel', { id: ((await untilAsk(alice, 'waiting')) as CodeAsk).id })
    expect(await bob.call('codes.find', { code, relay: null })).toMatchObject({ code })
    expect(alice.log.filter((line) => line.includes('account.not-left'))).toEqual([])
  })

  it('in two copies of a profile: the one that was thrown out waits, and they do not throw each other out on and on', async () => {
    const alice = await app('Alice')
    await codeOf(alice)
    await untilConnected(alice)
    await alice.lock()
    const copy = join(world.folder(), 'copy')
    cpSync(alice.dir, copy, { recursive: true })
    await alice.unlock()
    await untilConnected(alice)
    const other = await world.app({ name: 'Alice', dir: copy, relay: relay.address })
    await untilConnected(other)
    await eventually(
      'the first is out',
      () => accountOf(alice),
      (account) => account?.state === 'offline',
    )
    await alice.clock.advance(60_000)
    expect(await accountOf(alice)).toMatchObject({ state: 'offline' })
    expect(await accountOf(other)).toMatchObject({ state: 'connected' })
  })

  it('is refused where it would not be safe, or there is no directory', async () => {
    const alice = await app('Alice')
    const plain = await spawnRelay(['--role', 'rendezvous'])
    world.defer(() => plain.dispose())
    expect(await alice.codeOf('account.create', { relay: plain.address })).toBe('account.no-service')
    expect(await alice.codeOf('account.create', { relay: 'ws://192.0.2.1:7443' })).toBe('account.needs-tls')
    await relay.stop()
    expect(await alice.codeOf('account.create', { relay: relay.address })).toBe('relay.unreachable')
    expect(await accountOf(alice)).toBe(null)
    expect(alice.events.filter(({ type }) => type === 'account')).toEqual([])
  })

  it('by invitation only: says so, and takes one that is good', async () => {
    const closed = await start(['--invite-only'])
    const [alice, bob] = [await app('Alice'), await app('Bob')]
    expect(await alice.codeOf('account.create', { relay: closed.address })).toBe('account.invitation')
    expect(await alice.codeOf('account.create', { relay: closed.address, invitation: 'made up' })).toBe('account.invitation')
    const args = ['src-relay/main.ts', 'admin', 'invite', '--data', closed.dataDir]
    const invitation = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    const { code } = await alice.call('account.create', { relay: closed.address, invitation })
    expect(await bob.call('codes.find', { code, relay: closed.address })).toMatchObject({ code })
    expect(await bob.codeOf('codes.ask', { code, relay: closed.address })).toBe('account.invitation')
    expect((await bob.call('codes.list', {})).asked).toEqual([])
  })
})

/** The relay keeps its database for itself: it is stopped meanwhile. */
async function withRelayDatabase<T>(work: (db: DatabaseSync) => T): Promise<T> {
  await relay.stop()
  const db = new DatabaseSync(join(relay.dataDir, 'accounts.db'))
  try {
    return work(db)
  } finally {
    db.close()
    await relay.restart()
  }
}
const waitingAtRelay = (): Promise<number> =>
  withRelayDatabase((db) => Number(db.prepare('SELECT count(*) AS n FROM directory_frames').get()?.['n']))
/** As a relay could that does not check what it passes on. */
const slip = (to: string, from: string, ...frames: string[]): Promise<void> =>
  withRelayDatabase((db) => {
    const idOf = (code: string) => Number(db.prepare('SELECT id FROM users WHERE code = ?').get(code)?.['id'])
    const insert = db.prepare('INSERT INTO directory_frames (sender, recipient, frame, stored_at) VALUES (?, ?, ?, ?)')
    for (const frame of frames) insert.run(idOf(from), idOf(to), frame, Date.now())
  })
