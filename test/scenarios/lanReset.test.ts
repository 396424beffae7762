/** Broken sessions between two who have no relay at all: mended on their network, by the button and by themselves. Nothing is lost or shown twice. */
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { connectOnLan, lanPeople } from '#test/support/lanApps.ts'
import { createTestWorld, untilDelivered, type TestApp } from '#test/support/testApp.ts'
import { sessionEvents, talk } from '#test/support/troubledPair.ts'

const hour = 3600_000
const world = createTestWorld()
let alice: TestApp
let bob: TestApp
/** What both have said, each with its name before it. */
const said: string[] = []

/** One pair for all: each test leaves them as they were. */
beforeAll(async () => {
  ;[alice, bob] = await lanPeople(world, 'Alice', 'Bob')
  for (const app of [alice, bob]) await app.call('settings.set', { history: 'yes' })
  await connectOnLan(alice, bob)
})
afterAll(() => world.end())

const sides = () => [[alice, bob], [bob, alice]] as const // prettier-ignore

async function both(what: string): Promise<void> {
  said.push(what)
  await talk(alice, bob, what)
}

const resets = async (app: TestApp, other: TestApp) => (await sessionEvents(app, other.id)).filter((kind) => kind === 'reset').length

/** Breaks the session; then each side has another one, everything that was said once, and no trouble. */
async function isMended(what: string, breakIt: () => Promise<void>): Promise<void> {
  // what crossed another reset has its time to finish, and the program does not mend by itself again and again
  for (const { clock } of [alice, bob]) await clock.sleep(hour)
  const before = await Promise.all(sides().map(([app, other]) => resets(app, other)))
  await breakIt()
  await both(`after ${what}`)
  for (const [i, [app, other]] of sides().entries()) {
    await eventually(`${app.name} has a new session`, () => resets(app, other), (count) => count > (before[i] ?? 0), 20_000) // prettier-ignore
    const all = said.flatMap((what) => [`Alice ${what}`, `Bob ${what}`])
    await app.untilShown(other.id, all)
    await app.untilConversation(other.id, 'is at peace', ({ trouble }) => trouble === null)
    await untilDelivered(app, other.id)
    expect((await app.shown(other.id)).toSorted()).toEqual(all.toSorted())
  }
}

/** Each says this while it cannot arrive, or without waiting for it. */
async function say(app: TestApp, what: string): Promise<void> {
  if (!said.includes(what)) said.push(what)
  await app.send(app === alice ? bob.id : alice.id, `${app.name} ${what}`)
}

it('by the button, while the other is there and while it is not', async () => {
  await isMended('the button', async () => {
    for (const [asks, other] of sides()) {
      await say(other, `before ${asks.name} asks`)
      await asks.call('sessions.reset', { id: other.id })
      await say(asks, `before ${asks.name} asks`)
    }
  })
  await isMended('the button alone', async () => {
    await bob.lock()
    await alice.call('sessions.reset', { id: bob.id })
    await say(alice, 'waiting')
    await bob.unlock()
    await say(bob, 'waiting')
  })
})

it('by the program: a session that is damaged', async () => {
  await isMended('the damage', async () => {
    await bob.lock()
    await say(alice, 'meanwhile')
    await alice.withDatabase((db) => db.prepare('DELETE FROM sessions').run())
    await bob.unlock()
    await say(bob, 'meanwhile')
  })
})

it.each(['with it', 'which goes on', 'which is lost'])(
  'by the program: an older copy of a profile, and its mailbox, %s',
  async (mailbox) => {
    const copy = join(world.folder(), 'copy')
    await bob.lock()
    cpSync(bob.dir, copy, { recursive: true })
    await bob.unlock()
    await both(`since the copy, ${mailbox}`)
    await isMended(`the copy, ${mailbox}`, async () => {
      await bob.lock()
      await say(alice, `while it is put back, ${mailbox}`)
      for (const name of readdirSync(bob.dir))
        if (name !== 'lan' || mailbox !== 'which goes on') rmSync(join(bob.dir, name), { recursive: true })
      for (const name of readdirSync(copy)) if (name !== 'lan' || mailbox === 'with it') cpSync(join(copy, name), join(bob.dir, name), { recursive: true }) // prettier-ignore
      await bob.unlock()
      await say(bob, `while it is put back, ${mailbox}`)
    })
  },
)
