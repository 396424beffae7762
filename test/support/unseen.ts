/** People with a whole program each and no window: processes, driven over the bridge. */
import type { Input, Method } from '#shared/contract/contract.ts'
import type { AppEvent } from '#shared/contract/events.ts'
import { startApp, type RunningApp } from './bridgeClient.ts'

const passphrase = 'plain river stone lantern'

/** Past the first start. */
export async function arriveUnseen(name: string, relay: string, profileDir: string): Promise<RunningApp> {
  const app = await startApp({ profileDir })
  await app.client['profile.create']({ name, passphrase, relay: { kind: 'address', address: relay } })
  return app
}

/** Both have an open conversation with each other; what each calls it. */
export async function introduce(inviter: RunningApp, acceptor: RunningApp): Promise<{ atInviter: string; atAcceptor: string }> {
  const { file } = await inviter.client['invites.create']({})
  const { id: atAcceptor } = await acceptor.client['invites.accept']({ text: file.text })
  const isOpen = (event: AppEvent) => event.type === 'conversation' && event.conversation.state === 'open'
  const isTheirs = (event: AppEvent) => isOpen(event) && event.type === 'conversation' && event.conversation.id === atAcceptor
  await Promise.all([
    inviter.events.waitFor('a session', isOpen, 60_000),
    acceptor.events.waitFor('a session with this one', isTheirs, 60_000),
  ])
  return { atInviter: (await inviter.client['conversations.list']({}))[0]?.id ?? '', atAcceptor }
}

/** As an app in this process is called. */
export const callerOf = ({ client }: Pick<RunningApp, 'client'>) => ({
  call: <M extends Method>(method: M, input: Input<M>) => client[method](input) as ReturnType<(typeof client)[M]>,
})
