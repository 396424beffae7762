/** What scenarios of the LAN link share: whole apps on one network, over real UDP sockets. */
import { eventually } from './eventually.ts'
import { untilOpen, type TestApp, type TestWorld } from './testApp.ts'

const portOf = async (app: TestApp): Promise<number> => (await app.call('lan.state', {})).port ?? 0

/** Where others on this computer reach it, once it listens. */
export async function placeOf(app: TestApp): Promise<string> {
  const port = await eventually(`${app.name} listens`, () => portOf(app), (at) => at > 0) // prettier-ignore
  return `127.0.0.1:${String(port)}`
}

/** People who have no relay at all, each of whom listens. */
export const lanPeople = <N extends readonly string[]>(world: TestWorld, ...names: N): Promise<{ [K in keyof N]: TestApp }> =>
  Promise.all(
    names.map(async (name) => {
      const app = await world.app({ name, relay: 'lan' })
      await placeOf(app)
      return app
    }),
  ) as Promise<{ [K in keyof N]: TestApp }>

export async function untilTheySee(one: TestApp, other: TestApp): Promise<void> {
  for (const [app, seen] of [[one, other], [other, one]] as const)
    await eventually(`${app.name} sees ${seen.name}`, () => app.call('lan.state', {}), ({ people }) => people.some(({ id }) => id === seen.id)) // prettier-ignore
}

/** From the first to the second, who know each other. */
export async function meet(from: TestApp, to: TestApp): Promise<void> {
  await from.call('lan.connect', { address: await placeOf(to) })
  await untilTheySee(from, to)
}

/** By an invite, on their network alone. */
export async function connectOnLan(inviter: TestApp, acceptor: TestApp): Promise<void> {
  const invite = await inviter.call('invites.create', {})
  await acceptor.call('invites.accept', { text: invite.file.text })
  await acceptor.call('lan.connect', { address: await placeOf(inviter) })
  await untilOpen(inviter, acceptor)
}
