/**
 * Two apps whose only relay lies, in every way it can. Nothing wrong is ever shown, nothing secret is logged, what was refused is
 * counted or logged, and when the relay behaves again everything said meanwhile arrives once and in order.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spawnHostileRelay, type HostileRelayProcess } from '#test/support/processes.ts'
import { connect, createTestWorld, untilDelivered, type TestApp, type TestWorld } from '#test/support/testApp.ts'

const minute = 60_000
const hour = 60 * minute
let world: TestWorld
let relay: HostileRelayProcess
let alice: TestApp
let bob: TestApp
/** Each author's texts, in the order they were sent; a text names its author first. */
let said: { alice: string[]; bob: string[] }

beforeEach(async () => {
  said = { alice: [], bob: [] }
  world = createTestWorld()
  relay = await spawnHostileRelay('honest')
  world.defer(() => relay.dispose())
  alice = await world.app({ name: 'Alice', relay: relay.address })
  bob = await world.app({ name: 'Bob', relay: relay.address })
  await connect(alice, bob)
  await speak('before')
  await untilAllIsThere()
})
afterEach(() => world.end())

async function speak(when: string): Promise<void> {
  for (const turn of [1, 2, 3]) {
    for (const [app, peer, texts] of [
      [alice, bob, said.alice],
      [bob, alice, said.bob],
    ] as const) {
      const text = `${app.name} said this ${when} as number ${turn}`
      texts.push(text)
      await app.send(peer.id, text)
    }
  }
}

const views = () => [
  { app: alice, peer: bob },
  { app: bob, peer: alice },
]
const count = () => said.alice.length + said.bob.length
const isAllShown = async (): Promise<boolean> => {
  for (const { app, peer } of views()) if ((await app.shown(peer.id)).length < count()) return false
  return true
}

/** Both clocks run on, half a minute at a time, with real time between for what sockets bring. */
async function pass(ms: number, isDone: () => Promise<boolean>): Promise<void> {
  for (let passed = 0; passed < ms && !(await isDone()); passed += 30_000) {
    await Promise.all([alice.clock.advance(30_000), bob.clock.advance(30_000)])
    for (const { app } of views()) await app.call('network.retry', {}) // sockets keep to real time
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function untilAllIsThere(): Promise<void> {
  await pass(6 * hour, isAllShown)
  await nothingWrongIsShown()
  for (const { app, peer } of views()) expect(await app.shown(peer.id)).toHaveLength(count())
  const isDelivered = async () => {
    for (const { app, peer } of views()) if ((await app.call('contacts.details', { id: peer.id })).technical.outbox > 0) return false
    return true
  }
  await pass(hour, isDelivered)
  for (const { app, peer } of views()) await untilDelivered(app, peer.id)
}

/** What is shown was said, each text once and each author's in order, all of them from the first on or later ones still to come. */
async function nothingWrongIsShown(): Promise<void> {
  for (const { app, peer } of views()) {
    const shown = (await app.items(peer.id)).flatMap((item) => (item.kind === 'text' ? [item] : []))
    for (const { own, text } of shown) expect(text.startsWith(own ? app.name : peer.name)).toBe(true)
    for (const texts of [said.alice, said.bob]) {
      const theirs = shown.map(({ text }) => text).filter((text) => text.startsWith(texts[0]?.split(' ')[0] ?? ''))
      expect(theirs).toEqual(texts.filter((text) => theirs.includes(text)))
    }
  }
}

const nothingSecretIsLogged = (): void => {
  for (const { app } of views()) {
    const log = app.log.join('\n')
    for (const secret of ['said this', alice.id, bob.id, 'Alice', 'Bob', 'correct horse']) expect(log).not.toContain(secret)
  }
}

/** Times of the resets a program asked for by itself. */
const attempts = (app: TestApp): Promise<number[]> =>
  app.withDatabase((db) =>
    db
      .prepare<{ at: number }>('SELECT at FROM reset_attempts ORDER BY at')
      .all()
      .map(({ at }) => at),
  )

async function resetsAreWithinTheirBackOff(): Promise<void> {
  for (const { app } of views()) {
    const times = await attempts(app)
    for (const at of times) expect(times.filter((other) => other >= at && other < at + hour).length).toBeLessThanOrEqual(6)
    times.slice(1).forEach((at, i) => expect(at - (times[i] ?? 0)).toBeGreaterThanOrEqual(minute))
  }
}

/** Switches, makes everybody connect anew, and lets people talk for a few minutes and until the lies have left their trace. */
async function liveWith(mode: string, trace: () => boolean | Promise<boolean> = () => true): Promise<void> {
  await relay.setMode(mode)
  await relay.drop()
  await speak(`in ${mode}`)
  await pass(4 * minute, isAllShown)
  await pass(hour, async () => await trace())
  expect(await trace(), `a trace of ${mode}`).toBe(true)
  await nothingWrongIsShown()
}

async function behave(): Promise<void> {
  await relay.setMode('honest')
  await relay.drop()
}

const refused = async (app: TestApp, peer: TestApp, name: string): Promise<number> => (await app.refused(peer.id))[name] ?? 0

describe('what no relay of ours would send', () => {
  it('costs time and nothing else, one after the other', async () => {
    for (const mode of ['garbage', 'oversize', 'truncated', 'text', 'unknown-answers', 'wrong-counts', 'wrong-size']) {
      for (const { app } of views()) app.log.length = 0
      const isBrokenOff = async () => (await alice.call('network.state', {})).relays.some(({ error }) => error === 'relay.refused')
      await liveWith(mode, async () => alice.log.join().includes('relay.violation') || (await isBrokenOff()))
      nothingSecretIsLogged()
      await behave()
      await untilAllIsThere()
    }
    await resetsAreWithinTheirBackOff()
  }, 120_000)

  it('nor does a flood, silence, or a relay that is never there for long', async () => {
    for (const mode of ['unwatched', 'flood', 'silent', 'closes', 'closes-at-once', 'errors']) {
      await liveWith(mode, () => mode !== 'errors' || alice.log.join().includes('publisher.refused'))
      await behave()
      await untilAllIsThere()
    }
    nothingSecretIsLogged()
    await resetsAreWithinTheirBackOff()
  }, 120_000)
})

describe('what a relay may do by right', () => {
  it.each(['duplicate', 'reorder', 'delay'])('%s: everything arrives as it is', async (mode) => {
    await relay.setMode(mode)
    await speak(`in ${mode}`)
    await untilAllIsThere()
    nothingSecretIsLogged()
    expect(await attempts(alice)).toEqual([])
  })
})

describe('lies', () => {
  it('noise is kept aside within bounds, and what lies behind it is read later', async () => {
    await liveWith('noise', async () => (await refused(alice, bob, 'message.undecryptable')) > 0)
    await behave()
    await untilAllIsThere()
    for (const { app } of views()) {
      const aside = await app.withDatabase((db) => db.prepare<{ n: number }>('SELECT count(*) AS n FROM quarantine').get()?.n ?? 0)
      expect(aside).toBeLessThanOrEqual(64)
    }
    nothingSecretIsLogged()
    await resetsAreWithinTheirBackOff()
  }, 60_000)

  it('blobs of one number served as another’s are refused', async () => {
    await liveWith('swap', async () => Object.keys({ ...(await alice.refused(bob.id)), ...(await bob.refused(alice.id)) }).length > 0)
    await behave()
    await untilAllIsThere()
    nothingSecretIsLogged()
    await resetsAreWithinTheirBackOff()
  })

  it('conflict without cause is the relay’s fault: no number is burnt, no session reset', async () => {
    const sessionBefore = (await alice.call('contacts.details', { id: bob.id })).technical.sessionId
    const start = alice.clock.now()
    await liveWith('conflict', async () => (await refused(alice, bob, 'relay.conflict')) > 10)
    const looks = (alice.clock.now() - start) / 5_000
    // what waits is offered again every five seconds, not as often for each as there are others
    expect(await refused(alice, bob, 'relay.conflict')).toBeLessThan(10 * (looks + 10))
    await behave()
    await untilAllIsThere()
    expect(await attempts(alice)).toEqual([])
    expect(await attempts(bob)).toEqual([])
    expect((await alice.call('contacts.details', { id: bob.id })).technical.sessionId).toBe(sessionBefore)
    nothingSecretIsLogged()
  })

  it('stored and forgotten is sent again', async () => {
    await liveWith('forget')
    await relay.setMode('honest') // on the connections that are there
    await untilAllIsThere()
    nothingSecretIsLogged()
    expect(await attempts(alice)).toEqual([])
  })

  it.each(['forget', 'conflict', 'consumed', 'noise', 'swap', 'silent', 'closes'])(
    '%s during a key exchange and a reset: both come about when the relay behaves',
    async (mode) => {
      const carol = await world.app({ name: 'Carol', relay: relay.address })
      const { file } = await carol.call('invites.create', {})
      await relay.setMode(mode)
      await relay.drop()
      await alice.call('sessions.reset', { id: bob.id })
      let answered = ''
      void bob.codeOf('invites.accept', { text: file.text }).then((code) => (answered = code))
      const clocks = [alice, bob, carol]
      const later = async (isDone: () => Promise<boolean>) => {
        for (let i = 0; i < 120 && !(await isDone()); i++) {
          await Promise.all(clocks.map(({ clock }) => clock.advance(30_000)))
          for (const app of clocks) await app.call('network.retry', {})
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
      await later(async () => answered !== '')
      for (let i = 0; i < 4; i++) await Promise.all(clocks.map(({ clock }) => clock.advance(30_000)))
      await behave()
      if (answered !== 'ok') expect(await bob.codeOf('invites.accept', { text: file.text })).toBe('ok')
      const isOpen = async (app: TestApp, id: string) =>
        (await app.call('conversations.list', {})).some((one) => one.id === id && one.state === 'open')
      await later(async () => isOpen(bob, carol.id))
      expect(await isOpen(bob, carol.id), 'Bob’s side is open').toBe(true)
      await bob.send(carol.id, 'Bob greets Carol')
      await later(async () => isOpen(carol, bob.id))
      await carol.untilShown(bob.id, ['Bob greets Carol'])
      await later(async () => (await alice.conversation(bob.id)).trouble === null)
      expect((await alice.conversation(bob.id)).trouble).toBeNull()
      await speak('after it')
      await untilAllIsThere()
      nothingSecretIsLogged()
      await resetsAreWithinTheirBackOff()
    },
    60_000,
  )

  it('every number used up: resets stay within their back-off, and the new session works', async () => {
    await liveWith('consumed', async () => (await refused(alice, bob, 'relay.consumed')) > 0)
    for (let restarts = 0; restarts < 3; restarts++) {
      for (const { app } of views()) {
        await app.lock()
        await app.unlock()
      }
      await pass(5 * minute, isAllShown)
    }
    await behave()
    await untilAllIsThere()
    nothingSecretIsLogged()
    await resetsAreWithinTheirBackOff()
    for (const { app, peer } of views()) await app.untilConversation(peer.id, 'is at peace', ({ trouble }) => trouble === null)
  }, 60_000)
})
