/** Two who have no relay, each with a mailbox of its own, and one of them killed between storing, reading and acknowledging. Nothing is lost or doubled. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Input, Method, Result } from '#shared/contract/contract.ts'
import type { TextMessage } from '#shared/contract/itemModels.ts'
import { eventually } from '#test/support/eventually.ts'
import { spawnKillable, startHere, type Running, type Waiting } from '#test/support/killable.ts'
import type { FastTime } from '#test/support/killableParts.ts'
import type { KillAt } from '#test/support/killPoints.ts'
import { newMessageId } from '#test/support/messageId.ts'
import { silentLogger } from '#test/support/relayFixtures.ts'
import { createTestWorld, passphrase } from '#test/support/testApp.ts'

const names = ['alice', 'bob'] as const
type Name = (typeof names)[number]
const other = { alice: 'bob', bob: 'alice' } as const
/** Kills of each of the two: at other points in each run, spread over all. */
const kills = Number(process.env['CAIRN_KILLS'] ?? 3)
const seed = Number(process.env['CAIRN_KILL_SEED'] ?? Math.random())

const world = createTestWorld()
const dir = world.folder()
const time: FastTime = { at: Date.now(), then: Date.now(), speed: 10 }
const ids: Record<Name, string> = { alice: '', bob: '' }
let waiting: Waiting

const part = (root: string, name: Name) => ({ role: 'app' as const, dir: join(root, name), time, port: 0, lan: true })
const ask = async <M extends Method>(app: Running, method: M, input: Input<M>): Promise<Result<M>> => {
  const answer = await app.call(method, input)
  if (!answer?.ok) throw new Error(`${method}: ${answer?.error.code ?? 'killed'}`)
  return answer.value as Result<M>
}

const portOf = async (app: Running): Promise<number> =>
  eventually(
    'it listens',
    async () => (await ask(app, 'lan.state', {})).port ?? 0,
    (port) => port > 0,
  )

/** They get to know each other; their folders are what each run begins with. */
beforeAll(async () => {
  waiting = spawnKillable(join(dir, 'cache'))
  const [alice, bob] = await Promise.all(names.map((name) => startHere(part(dir, name), silentLogger)))
  if (!alice || !bob) return
  const apps = { alice, bob }
  for (const name of names)
    ids[name] = (await ask(apps[name], 'profile.create', { name, passphrase, relay: { kind: 'lan' } })).profile?.id ?? ''
  await ask(bob, 'invites.accept', { text: (await ask(alice, 'invites.create', {})).file.text })
  await ask(bob, 'lan.connect', { address: `127.0.0.1:${String(await portOf(alice))}` })
  for (const name of names)
    await eventually(
      'it is open',
      () => ask(apps[name], 'conversations.list', {}),
      (all) => all.some(({ id, state }) => id === ids[other[name]] && state === 'open'),
    )
  await Promise.all([alice.close(), bob.close()])
})
afterAll(async () => {
  await waiting.dispose()
  await world.end()
})

/** Both write to each other while `victim` dies at its point; it is started again at once. How many points there were, where it was not killed. */
async function play(victim: Name, at: KillAt | null): Promise<{ points: number; killed: boolean }> {
  const root = world.folder()
  for (const name of names) cpSync(join(dir, name), join(root, name), { recursive: true })
  const mine = waiting
  waiting = spawnKillable(join(dir, 'cache'))
  const fresh = await mine.begin({ ...part(root, victim), at }, silentLogger)
  const apps: Record<Name, Promise<Running>> = {
    [victim]: Promise.resolve(fresh),
    [other[victim]]: startHere(part(root, other[victim]), silentLogger),
  } as Record<Name, Promise<Running>>
  let killed = false
  const again = fresh.killed.then(async () => {
    killed = true
    const restarted = await startHere(part(root, victim), silentLogger)
    await ask(restarted, 'profile.unlock', { passphrase })
    return restarted
  })
  again.catch(() => undefined)
  /** What dies with its app is asked again of the next one. */
  const call = async <M extends Method>(name: Name, method: M, input: Input<M>): Promise<Result<M>> => {
    const app = await apps[name]
    const answer = await app.call(method, input)
    if (answer?.ok) return answer.value as Result<M>
    if (answer) throw new Error(`${method}: ${answer.error.code}`)
    apps[name] = again
    return method === 'profile.unlock' ? again.then(() => null) : call(name, method, input)
  }
  const texts = async (name: Name): Promise<TextMessage[]> =>
    (await call(name, 'conversations.items', { id: ids[other[name]], limit: 200 })).items.filter((item) => item.kind === 'text')

  await Promise.all(names.map((name) => call(name, 'profile.unlock', { passphrase })))
  const said = (name: Name) => [1, 2, 3].map((n) => `${name} ${String(n)}`)
  for (const n of [0, 1, 2])
    await Promise.all(
      names.map((name) =>
        call(name, 'conversations.send', { id: ids[other[name]], messageId: newMessageId(Date.now()), text: said(name)[n] ?? '' }),
      ),
    )
  const all = names.flatMap(said).toSorted()
  for (const name of names) {
    await eventually(`${name} has all, and all of its own is receipted`, () => texts(name), (list) => list.length >= all.length && list.every(({ own, status }) => !own || status === 'delivered'), 30_000) // prettier-ignore
  }
  for (const name of names) {
    expect((await texts(name)).map(({ text }) => text).toSorted()).toEqual(all)
    const { technical, session } = await call(name, 'contacts.details', { id: ids[other[name]] })
    expect({ outbox: technical.outbox, session: session.state, resets: session.history.length }).toEqual({ outbox: 0, session: 'working', resets: 1 }) // prettier-ignore
  }
  const points = killed ? 0 : ((await fresh.points())?.filter(({ name }) => name === 'commit').length ?? 0)
  for (const name of names) await (await apps[name]).close()
  return { points, killed }
}

it.each(names)('%s is killed', { timeout: 600_000 }, async (victim) => {
  const { points } = await play(victim, null)
  let tried = 0
  for (let i = 0; i < kills; i++) {
    const at = { name: 'commit', nth: 1 + Math.floor(((i + seed) * points) / kills), when: i % 2 === 0 ? 'after' : 'before' } as const
    const { killed } = await play(victim, at).catch((error: unknown) => {
      throw new Error(`killed ${at.when} commit ${String(at.nth)} of ${String(points)} (CAIRN_KILL_SEED=${String(seed)})`, { cause: error })
    })
    if (killed) tried += 1 // how many commits there are differs a little from run to run
  }
  expect(tried).toBeGreaterThan(kills / 2)
})
